cp "$CASES/../data/quick.yaml" study.yaml
ecopt run -q -n 3
ecopt show 9; echo $?
ecopt show 99999999999999999999; echo $?
ecopt show 2 >/dev/null; echo $?
ecopt show 2 study.yaml | head -n 1
ecopt show -f study.yaml 2 | head -n 1
ecopt show study.yaml 2; echo $?
