cp "$CASES/../data/quick.yaml" study.yaml
ecopt run --time 1ms 2>&1 | grep error
ecopt trials --format csv | grep -c complete
ecopt run -q --energy 1J -n 2 && ecopt run -q --energy 0.001J
