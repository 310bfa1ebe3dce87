#!/bin/bash
# Two runs of one study at once share its trials; one with a changed definition is told which process runs it and leaves
# with status 7; readers work beside them.
#
# usage: two_runs.sh ECOPT
set -eu

ecopt=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

# Each trial waits for a file, so that the test decides how long the first run holds the study.
cat >study.yaml <<'YAML'
study: t
seed: 5
sampler: sobol
command: {run: ['sh', '-c', 'while [ ! -e {study.dir}/go.{trial.id} ]; do sleep 0.02; done; echo a={x} b={k}']}
params: {x: {type: float, min: 0, max: 1}, k: {type: int, min: 1, max: 1000}}
metrics: {a: {regex: 'a=([0-9.e-]+)'}, b: {regex: 'b=([0-9]+)'}}
objectives: {a: max, b: min}
budget: {trials: 4, init: 2}
meter: {sources: model}
YAML

fail() {
    echo "two_runs: $*" >&2
    sed 's/^/  /' err >&2
    kill "$first" 2>/dev/null || true
    exit 1
}

state_is() { # TRIAL STATE, within 20 seconds
    for ((i = 0; i < 400; i++)); do
        [ "$(sqlite3 t.ecopt/study.db "select state from trial where id = $1" 2>/dev/null)" != "$2" ] || return 0
        sleep 0.05
    done
    return 1
}

"$ecopt" run -q study.yaml >first.out 2>first.err &
first=$!
touch err go.1 go.2
state_is 3 running || fail "the third trial did not start"

# A changed definition is for one that has the study for itself.
sed 's/trials: 4/trials: 5/' study.yaml >changed.yaml
status=0
"$ecopt" run -q changed.yaml >out 2>err || status=$?
[ $status = 7 ] || fail "a changed definition: status $status instead of 7"
grep -q "^error: .*t\.ecopt.*process $first with another text" err || fail "process $first is not named"
# What run runs is not to be told from outside.
status=0
"$ecopt" tell 9 --failed why >out 2>err || status=$?
[ $status = 1 ] || [ $status = 2 ] || fail "tell of no trial: status $status"

for verb in status trials "trials --format json" front "show 1" "report -o page.html"; do
    # shellcheck disable=SC2086
    "$ecopt" $verb >out 2>err || fail "$verb does not work beside a run"
    [ -s out ] || [ -s page.html ] || fail "$verb printed nothing"
done
"$ecopt" trials --format csv >out 2>err
[ "$(grep -c complete out)" = 2 ] || fail "trials does not show the two that are complete"

# The second run takes the fourth trial while the first has the third, and waits for it.
"$ecopt" run -q study.yaml >out 2>err &
second=$!
state_is 4 running || fail "the second run did not start a trial"
[ "$(sqlite3 t.ecopt/study.db "select count(distinct worker) from attempt where state = 'running'")" = 2 ] ||
    fail "the running trials are not of two workers"
touch go.4
state_is 4 complete || fail "the fourth trial did not end"
kill -0 "$second" || fail "the second run left while a trial was running"
touch go.3
wait "$first" || fail "the first run failed: $(cat first.err)"
wait "$second" || fail "the second run failed"
[ "$(sqlite3 t.ecopt/study.db "select count(*) from attempt where state = 'complete'")" = 4 ] ||
    fail "not four trials in four attempts"
"$ecopt" run -q study.yaml >out 2>err || fail "the study cannot be opened afterwards"

# Started together, they share the trials; nothing runs twice.
rm -rf t.ecopt
pids=
for ((i = 0; i < 4; i++)); do
    "$ecopt" run -q study.yaml >"out.$i" 2>"err.$i" &
    pids="$pids $!"
done
for pid in $pids; do
    wait "$pid" || fail "one of four runs failed: $(cat err.?)"
done
[ "$(sqlite3 t.ecopt/study.db "select count(*), count(distinct trial) from attempt")" = "4|4" ] || fail "a trial ran twice"
[ -z "$(ls t.ecopt/workers)" ] || fail "files of workers are left"
echo "two_runs: passed"
