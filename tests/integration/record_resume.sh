#!/bin/bash
# A study recorded in parts (ended, killed in a trial, ended) leaves one trace of all trials, and its replay gives each
# trial the joules that were measured.
#
# usage: record_resume.sh ECOPT
set -eu

ecopt=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

cat >study.yaml <<'EOF'
study: recorded
seed: 5
sampler: random
command:
  train: [sh, -c, 'sleep 0.0{k}; [ {trial.id} -ne 5 -o ! -e {study.dir}/hang ] || sleep 2; echo "[ecopt] {\"loss\": {x}}"']
  evaluate: [sh, -c, 'echo "[ecopt] {\"a\": {x}}"']
params:
  x: {type: float, min: 0, max: 1}
  k: {type: int, min: 1, max: 9}
metrics: {a: , loss: }
objectives: {a: max, energy_j: min}
budget: {trials: 8}
meter: {sources: model, record: all.trace}
EOF
sed 's/^study: .*/study: replayed/; s/^meter: .*/meter: {sources: "replay:all.trace"}/' study.yaml >replay.yaml

fail() {
    echo "record_resume: $*" >&2
    exit 1
}

energies() {
    sqlite3 "$1.ecopt/study.db" "select t.id, m.name, m.value, m.u95 from trial t join metric m
        on m.trial = t.id and m.attempt = t.attempts where m.name like '%energy_j' order by 1, 2"
}

"$ecopt" run -q -n 3 study.yaml >/dev/null
touch hang # trial 5 takes longer
"$ecopt" run -q study.yaml >/dev/null 2>&1 &
pid=$!
for ((i = 0; i < 200; i++)); do
    [ "$(sqlite3 recorded.ecopt/study.db 'select count(*) from trial')" -lt 5 ] || break
    sleep 0.02
done
sleep 0.2
kill -9 "$pid"
wait "$pid" 2>/dev/null || true
rm hang
"$ecopt" run -q study.yaml >/dev/null

[ "$(head -n 1 all.trace)" = "# ecopt-trace 1" ] || fail "the head is lost"
[ "$(grep -c '^restart$' all.trace)" = 2 ] || fail "not two restarts: $(grep -c '^restart$' all.trace)"
[ "$(grep -c '^end,' all.trace)" = 16 ] || fail "not 8 x 2 windows: $(grep -c '^end,' all.trace)"
"$ecopt" run -q replay.yaml >/dev/null
[ "$(energies recorded | wc -l)" -eq 24 ] || fail "too few values"
diff <(energies recorded) <(energies replayed) || fail "the replay gives other joules"

# A new study of that name begins a new trace.
rm -r recorded.ecopt
"$ecopt" run -q -n 1 study.yaml >/dev/null
[ "$(grep -c '^end,' all.trace)" = 2 ] || fail "a new study did not replace the trace"
echo "record_resume: $(energies replayed | wc -l) values equal"
