# Constraints on parameters that no point keeps: said by check and by run, as what they are.
cat >study.yaml <<'EOF'
study: t
command: sh -c 'echo "[ecopt] {\"loss\":{a}}"'
params: {a: {type: int, min: 1, max: 9}, b: {type: float, min: 0, max: 1}}
metrics: {loss: }
env: {B: "{b}"}
objectives: {loss: min}
constraints: [a + b <= 0]
meter: {sources: none}
EOF
ecopt check -n 2 | tail -n 2; echo "check $?"
ecopt run; echo "run $?"
ecopt ask; echo "ask $?"
