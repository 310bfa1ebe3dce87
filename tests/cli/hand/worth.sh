# A search that cannot pay for itself: it is told, and nothing is run; a later, larger deployment runs.
cat >study.yaml <<'END'
study: pays
command: "echo '[ecopt] {{\"accuracy\": 0.9, \"request_j\": {width}}}'"
params: {width: {type: int, min: 1, max: 64, default: 32}}
metrics: {accuracy: {}, request_j: {}}
objectives: {accuracy: {goal: max, threshold: 0.8}, request_j: min}
deployment: {requests: 1000, metric: request_j, baseline_energy: 32J, trial_energy: 50kJ}
budget: {trials: 3}
meter: {sources: model}
END
ecopt run; echo $?
ecopt status | grep -E 'deployment|trials'
sed -i 's/requests: 1000/requests: 1e9/' study.yaml
ecopt run -q >front; echo $?
ecopt trials --format csv | wc -l
