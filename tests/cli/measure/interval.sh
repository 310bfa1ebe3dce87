# A line now and then while the program runs; its own output is untouched.
ecopt measure --interval 100ms -- sh -c 'sleep 0.35; echo done' 2>said; grep -cE '^ 0\.[1-4] s   .* J   .* W$' said | sed 's/^[2-4]$/some/'
ecopt measure -q --interval 100ms -- sleep 0.25 2>&1 | grep -c "^ 0.[12] s  "; true
