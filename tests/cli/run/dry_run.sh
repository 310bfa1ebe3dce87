cp "$CASES/../data/quick.yaml" study.yaml
ecopt run --dry-run | head -n 4
ls
ecopt run -q -n 2 && ecopt run --dry-run | head -n 1
ecopt trials --format csv | wc -l
