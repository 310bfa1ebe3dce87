cp "$CASES/../data/quick.yaml" study.yaml
ecopt run -q
ecopt front
ecopt status
