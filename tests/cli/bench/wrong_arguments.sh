ecopt-bench 2>&1 | head -n 1
ecopt-bench; echo $?
ecopt-bench speed 2>&1 | head -n 1
ecopt-bench quality --sheeds 3; echo $?
ecopt-bench quality --seeds; echo $?
ecopt-bench quality --seeds 0; echo $?
ecopt-bench quality --seeds 2x; echo $?
ecopt-bench quality --marks 20,10; echo $?
ecopt-bench quality --marks 20,; echo $?
ecopt-bench quality --problem ''; echo $?
ecopt-bench quality --problem ZDT1,ZDT9; echo $?
ecopt-bench quality 7; echo $?
ecopt-bench overhead --workers 2; echo $?
ecopt-bench suggest --workers 2; echo $?
ecopt-bench suggest --threads 0; echo $?
ecopt-bench hypervolume --seeds 2; echo $?
