# A slip in the command fails every trial; once it is mended they are tried again, in their places.
cat >tool.sh <<'SH'
printf '[ecopt] {"loss": %s}\n' "$1"
SH
cat >study.yaml <<'YAML'
study: mended
command: sh {study.dir}/tol.sh {x}
params: {x: {type: float, min: 0, max: 1}}
metrics: {loss: {}}
objectives: {loss: {goal: min}}
sampler: sobol
budget: {trials: 6}
YAML
ecopt run -q
echo "status $?"
ecopt trials --format csv | cut -d, -f1,2 | tr '\n' ' '
echo
sed -i "s/tol.sh/tool.sh/" study.yaml
ecopt run -q --accept-change >/dev/null 2>&1
echo "without: $?"
ecopt run -q --retry-failed >/dev/null
echo "status $?"
ecopt trials --format csv | cut -d, -f1,2 | tr '\n' ' '
echo
ecopt show 1 | grep attempts
ecopt verify
