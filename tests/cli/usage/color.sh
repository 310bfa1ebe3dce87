ecopt --color always nonsense 2>&1 | cat -v
ecopt --color never nonsense 2>&1 | cat -v
NO_COLOR=1 ecopt --color always nonsense 2>&1 | cat -v
ecopt nonsense 2>&1 | cat -v
