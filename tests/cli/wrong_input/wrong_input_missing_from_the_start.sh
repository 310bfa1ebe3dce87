# The first trials all fail for one reason: it is the last thing said, and stderr's log is named.
cp "$CASES/../data/program.yaml" study.yaml
sed -i 's/, failures: 100%//' study.yaml
ecopt run 2>&1 >/dev/null | grep -v '^trial'; echo "exit ${PIPESTATUS[0]}"
sed -i 's/command: .*/command: nowhere-at-all {x}/' study.yaml
ecopt run --dir second 2>&1 >/dev/null | grep -v '^trial'; echo "exit ${PIPESTATUS[0]}"
sed -i "s/command: .*/command: [sh, -c, 'echo no data for {x} >\&2; echo try; exit 9']/" study.yaml
ecopt run --dir third 2>&1 >/dev/null | grep -v '^trial'; echo "exit ${PIPESTATUS[0]}"
sed -i "s/command: .*/command: [sh, -c, 'echo usage; exit 9', '{x}']/" study.yaml
ecopt run --dir fourth 2>&1 >/dev/null | grep -v '^trial'; echo "exit ${PIPESTATUS[0]}"
# A placeholder in the name, or a PATH of the study's own: nothing can be said before.
sed -i 's/command: .*/command: .\/prog{x}/' study.yaml
ecopt run --dry-run --dir fifth 2>&1 >/dev/null
sed -i 's/command: .*/command: prog {x}/' study.yaml
echo 'env: {PATH: "{study.dir}/bin"}' >>study.yaml
ecopt run --dry-run --dir sixth 2>&1 >/dev/null
