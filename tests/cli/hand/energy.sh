# A trial that was asked for is measured by whoever runs it: built-in metrics are told like others.
cat >study.yaml <<'Y'
study: hand
command: ./by-hand {x}
params: {x: {type: int, min: 0, max: 9}}
objectives: {run.energy_j: min, time_s: min}
budget: {trials: 3}
Y
ecopt ask -q
ecopt tell 1 run.energy_j=12.5; echo $?
ecopt tell 1 run.energy_j=12.5 time_s=3; echo $?
ecopt front --format csv | sed -n 2p | cut -d , -f 1-6
