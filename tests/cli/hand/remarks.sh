# Who asks and tells by hand has no use for the command, and is not told so each time.
cat >study.yaml <<'EOF'
study: t
command: by-hand
params: {a: {type: int, min: 1, max: 9}}
metrics: {loss: }
objectives: {loss: min, energy_j: min}
EOF
ecopt ask
ecopt tell 1 loss=1 energy_j=-2; echo "tell $?"
ecopt tell 1 loss=1 energy_j=2; echo "tell $?"
sed -i 's/min: 1/mix: 1/' study.yaml
ecopt ask; echo "ask $?"
