# What becomes of failures is said before the run, counted while it goes, and kept with each trial.
cat >study.yaml <<'F'
study: rules
seed: 1
command: sh -c 'test {x} = 2 -a ! -e {study.dir}/once && { touch {study.dir}/once; kill -9 $$; }; echo a={x}; test {x} -lt 4'
params: {x: {type: int, min: 1, max: 9, default: 2}}
metrics: {a: {regex: 'a=(.)'}}
objectives: {a: max}
budget: {trials: 9, init: 1, consecutive_failures: 2, failures: 100%}
retries: {signal: 2}
meter: {sources: none}
sampler: grid
F
ecopt check -n 0
ecopt run -q
echo "exit $?"
ecopt status
ecopt status --json | grep -A 3 '"retried"'
for n in 1 2 3 4 5 6; do ecopt show $n 2>/dev/null | grep -A 3 '^attempts'; done
rm -rf rules.ecopt once
ecopt run -q --trials 2
ecopt status | grep -E 'ended  '
ecopt check --json | grep -A 4 '"consecutive_failures"'
