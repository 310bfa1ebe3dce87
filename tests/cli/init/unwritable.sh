ecopt init nowhere/study.yaml; echo $?
mkdir folder && ecopt init folder; echo $?
ecopt init --force folder; echo $?
ls folder
