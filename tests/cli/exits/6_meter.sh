cp "$CASES/../data/quick.yaml" study.yaml
ecopt run --require measured >/dev/null 2>&1; echo $?
ecopt run --sources rapl-perf
