cp "$CASES/../data/quick.yaml" study.yaml
ecopt run; echo $?
echo again
ecopt run; echo $?
ls
