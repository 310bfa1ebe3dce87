# A study of fewer trials than the default initial design can be given more.
cat >study.yaml <<'EOF'
study: t
command: sh -c 'echo "[ecopt] {\"loss\":{a}}"'
params: {a: {type: int, min: 1, max: 9}}
metrics: {loss: }
objectives: {loss: min}
meter: {sources: none}
budget: {trials: 2}
EOF
ecopt check -n 0 | grep budget
ecopt run -q >/dev/null; echo "run $?"
sed -i 's/trials: 2/trials: 6/' study.yaml
ecopt check -n 0 | grep budget
ecopt run -q >/dev/null; echo "run $?"
ecopt trials --format csv | wc -l
