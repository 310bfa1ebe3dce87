# The ledger: published numbers, a study by hand whose search pays, and words that mean nothing.
ecopt analyse impact --spent 18.61Wh --before 38x --after '2.67 tok/J'
ecopt analyse impact --spent 18.61Wh --before 14.232J --after 2.67/J --json
ecopt analyse impact --spent 1kJ --before 1J --after 2J
cat >study.yaml <<'END'
study: pays
command: {train: 'true {width}', evaluate: 'true'}
params: {width: {type: int, min: 1, max: 64, default: 32}}
metrics: {accuracy: {}, request_j: {}}
objectives: {accuracy: {goal: max, threshold: 0.8}, request_j: min}
deployment: {requests: 1e5, metric: request_j, per_day: 1000}
carbon: {country: GBR, price: 0.28, currency: GBP}
budget: {trials: 3}
END
ecopt ask | sed 's/^1.*width/1 width/'
ecopt tell 1 accuracy=0.9 request_j=0.4 energy_j=2000
ecopt ask >point
ecopt tell 2 accuracy=0.85 request_j=0.1 energy_j=1000
ecopt analyse impact
ecopt analyse impact --json | tr -d ' \n' | grep -o '"break_even":{[^}]*}'
ecopt analyse impact --baseline 2 --deployed 1 | grep break
echo "--- wrong"
ecopt analyse; echo $?
ecopt analyse carbon; echo $?
ecopt analyse impact --spent 5J; echo $?
ecopt analyse impact --spent 5J --after 2x --before 3J; echo $?
ecopt analyse impact --per-day many; echo $?
ecopt analyse impact --metric nothing; echo $?
ecopt analyse impact --baseline 7; echo $?
