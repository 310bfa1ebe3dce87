ecopt statsu; echo $?
ecopt frobnicate; echo $?
ecopt help chekc; echo $?
ecopt -- run; echo $?
ecopt '' ; echo $?
