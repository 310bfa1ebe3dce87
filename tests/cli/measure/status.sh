# The program's status; a run that fails is the last one.
ecopt measure -r 5 -- sh -c 'echo run; exit 7' 2>/dev/null; echo $?
ecopt measure -- sh -c 'kill -9 $$' 2>/dev/null; echo $?
ecopt measure sh -c 'exit 0' 2>/dev/null; echo $?
ecopt measure -w 2 -- sh -c 'echo warm-up; exit 3' 2>/dev/null; echo $?
