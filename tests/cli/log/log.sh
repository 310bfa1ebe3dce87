ecopt log a=1; echo $?
export ECOPT_LOG=$PWD/log
ecopt log a=1; echo $?
: >log
ecopt log a=1 b=-2.5e-3 && ecopt log c=nan && cat log
ecopt log; echo $?
ecopt log a; echo $?
ecopt log =1; echo $?
ecopt log a=one; echo $?
ECOPT_LOG=/dev/full ecopt log a=1; echo $?
: >log
ecopt log --step 3 a=1 && cat log
ecopt log --step 0 a=1; echo $?
