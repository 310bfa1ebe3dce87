# A limit that cannot be kept is said once, or refused; the machine made up here has no groups at all.
cat >study.yaml <<'END'
study: s
sampler: sobol
command: sh program.sh {x}
params: {x: {type: int, min: 0, max: 9}}
metrics: {loss: {}}
objectives: {loss: min}
budget: {trials: 2}
resources: {memory: 64MB, pids: 50, cpus: 1}
END
echo 'echo "[ecopt] {\"loss\": 1}"' >program.sh
ecopt check -n 0 | sed -n '/^limits/,$p'
ecopt run 2>&1 | grep warning
ecopt trials --format csv | wc -l
sed -i 's/cpus: 1/cpus: 1, required: true/' study.yaml
ecopt run 2>&1
echo "$?"
sed -i 's/cpus: 1/cpus: 60000/; s/memory: 64MB, pids: 50, //' study.yaml
ecopt run 2>&1
echo "$?"
