cp "$CASES/../data/quick.yaml" study.yaml
echo 'constraints: [loss <= -1]' >>study.yaml
ecopt run 2>&1 | grep error
ecopt run -q
