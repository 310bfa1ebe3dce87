# What ends it: pairs, the time, the target, a failure; a budget in time is kept.
ecopt compare -r 3 -w 0 true true | head -1
ecopt compare -w 2 --max-time 1ms true true 2>/dev/null | head -1
ecopt compare --target 90% true 'sh -c "exit 0"' | head -1 | grep -c 'the target is met'
ecopt compare --target 0.001% --max-repeats 3 true 'sh -c "exit 0"' | head -1
ecopt compare -r 3 -w auto true true 2>/dev/null | head -1 | grep -cE '3 pairs .* ([5-9]|1[0-9]|20) warm-ups each'
ecopt compare true 'sh -c "exit 3"'; echo $?
ecopt compare 'sh -c "kill -9 $$"' true; echo $?
ecopt compare --sources none -r 3 true 'sleep 0.05' | grep 'energy:'
