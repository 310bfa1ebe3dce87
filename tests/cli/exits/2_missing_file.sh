ecopt run; echo $?
ecopt run nowhere.yaml; echo $?
