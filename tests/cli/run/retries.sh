# A program that fails the first time gets a second one where its cause is said to be passing.
unset ECOPT_SYSTEM_ROOT
study() {
    cat >study.yaml <<END
study: s
sampler: sobol
command: sh {study.dir}/flaky.sh {trial.id}
params: {x: {type: int, min: 0, max: 9}}
metrics: {loss: {}}
objectives: {loss: min}
$1
END
}
cat >flaky.sh <<'END'
cd "$(dirname "$0")" || exit
n=$(cat "n$1" 2>/dev/null || echo 0)
echo $((n + 1)) >"n$1"
test "$n" -gt 0 || kill -KILL $$
echo '[ecopt] {"loss": 1}'
END
causes() { ecopt trials --format csv | sed 's/,.*,/ /'; }
study 'budget: {trials: 2}'
ecopt run -q 2>/dev/null
echo "$?"
causes
ecopt show 1 --json | grep '"attempts"'
ls s.ecopt/trials
rm -rf s.ecopt n1 n2
study 'budget: {trials: 2}
retries: {signal: 0}'
ecopt run -q 2>/dev/null
echo "$?"
causes
ecopt status | grep causes
rm -rf s.ecopt
cat >flaky.sh <<'END'
echo no >&2
exit 4
END
study 'budget: {trials: 20, failures: 1, consecutive_failures: 3}'
ecopt run 2>&1 | tail -n 5
ecopt run -q 2>/dev/null
echo "$?"
ecopt trials --format csv | wc -l
