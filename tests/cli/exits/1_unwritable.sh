cp "$CASES/../data/quick.yaml" study.yaml
echo 'in the way' >quick.ecopt
ecopt run; echo $?
ecopt run --dir /proc/nowhere 2>/dev/null; echo $?
ecopt run --dir /dev/null/x 2>/dev/null; echo $?
