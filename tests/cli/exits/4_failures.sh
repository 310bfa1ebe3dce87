sed 's/evaluate: .*/evaluate: "false"/; s/trials: 6/trials: 20/' "$CASES/../data/quick.yaml" >study.yaml
ecopt run 2>&1 | grep error
ecopt trials --format csv | grep -c failed
ecopt run -q
