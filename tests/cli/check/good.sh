cp "$CASES/../data/quick.yaml" study.yaml
ecopt check
ecopt check -n 1 study.yaml | tail -n 2
ecopt check -n 0 study.yaml | tail -n 1
ls
