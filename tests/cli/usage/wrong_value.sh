ecopt run --trials -5; echo $?
ecopt run --trials 0; echo $?
ecopt run -n 1e3; echo $?
ecopt run --time 10parsec; echo $?
ecopt run --energy 500; echo $?
ecopt trials --format xml; echo $?
ecopt check -n many; echo $?
ecopt status --color sometimes; echo $?
ecopt show; echo $?
ecopt show 1x; echo $?
ecopt show 0; echo $?
ecopt front -o ''; echo $?
