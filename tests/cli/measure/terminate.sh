# TERM to ecopt ends the program, too.
ecopt measure -- sh -c 'echo $$ >pid; exec sleep 60' 2>/dev/null &
until [ -s pid ]; do sleep 0.02; done
kill -TERM $!
wait $!; echo $?
kill -0 "$(cat pid)" 2>/dev/null || echo gone
