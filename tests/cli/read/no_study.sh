ecopt status; echo $?
cp "$CASES/../data/quick.yaml" study.yaml
ecopt status; echo $?
ecopt trials --dir nowhere; echo $?
mkdir empty.ecopt
ecopt front --dir empty.ecopt; echo $?
ecopt report empty.ecopt; echo $?
echo nonsense >empty.ecopt/study.db
ecopt front empty.ecopt >/dev/null 2>&1; echo $?
