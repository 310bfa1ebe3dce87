ecopt check a b; echo $?
ecopt doctor x; echo $?
ecopt status a -- b; echo $?
ecopt completion; echo $?
ecopt completion tcsh; echo $?
