# More memory than a trial may take: the kernel ends it, and its trial is not feasible.
unset ECOPT_SYSTEM_ROOT
ecopt doctor --json | tr -d '\n' | grep -q '"name": "memory", "kept": true' || exit 77
cat >study.yaml <<'END'
study: s
sampler: sobol
command: sh program.sh {x}
params: {x: {type: int, min: 0, max: 9}}
metrics: {loss: {}}
objectives: {loss: min}
budget: {trials: 1}
resources: {memory: 64MB, required: true}
END
echo 'x=$(head -c 400000000 /dev/zero | tr "\0" x); echo "[ecopt] {\"loss\": 1}"' >program.sh
ecopt run -q 2>/dev/null
ecopt trials --format csv | sed -n '2s/^1,\([a-z]*\),.*,\([a-z_]*\)$/\1 \2/p'
ecopt show 1 | head -n 1
