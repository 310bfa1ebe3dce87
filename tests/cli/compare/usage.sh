ecopt compare; echo $?
ecopt compare true; echo $?
ecopt compare true true true; echo $?
ecopt compare 'true | cat' true; echo $?
ecopt compare true '"x'; echo $?
ecopt compare true ''; echo $?
ecopt compare -r 1 true true; echo $?
ecopt compare --target 5 true true; echo $?
ecopt compare -w some true true; echo $?
ecopt compare --require measured true true 2>/dev/null; echo $?
ecopt compare true ./nosuch; echo $?
ecopt compare -o /dev/full -r 2 true true; echo $?
