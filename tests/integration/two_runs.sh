#!/bin/bash
# Two runs of one study at once: the second is told which process holds it and leaves with status 7, readers work beside
# the first, and the first does not notice.
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

for verb in "run -q" ask "tell 3 --failed why"; do
    status=0
    # shellcheck disable=SC2086
    "$ecopt" $verb >out 2>err || status=$?
    [ $status = 7 ] || fail "$verb: status $status instead of 7"
    grep -q "^error: .*t\.ecopt.*process $first$" err || fail "$verb does not name process $first"
done
for verb in status trials "trials --format json" front "show 1" "report -o page.html"; do
    # shellcheck disable=SC2086
    "$ecopt" $verb >out 2>err || fail "$verb does not work beside a run"
    [ -s out ] || [ -s page.html ] || fail "$verb printed nothing"
done
"$ecopt" trials --format csv >out 2>err
[ "$(grep -c complete out)" = 2 ] || fail "trials does not show the two that are complete"

touch go.3 go.4
wait "$first" || fail "the first run failed: $(cat first.err)"
[ "$(sqlite3 t.ecopt/study.db "select count(*) from attempt where state = 'complete'")" = 4 ] ||
    fail "the first run was disturbed"
"$ecopt" run -q study.yaml >out 2>err || fail "the study cannot be opened afterwards"

# Started together, one of them runs the study; whatever the other is told, nothing runs twice.
rm -rf t.ecopt
"$ecopt" run -q study.yaml >first.out 2>first.err &
first=$!
status=0
"$ecopt" run -q study.yaml >out 2>err || status=$?
first_status=0
wait "$first" || first_status=$?
case "$first_status $status" in
"0 7" | "7 0" | "0 0") ;;
*) fail "statuses $first_status and $status" ;;
esac
[ "$(sqlite3 t.ecopt/study.db "select count(*), count(distinct trial) from attempt")" = "4|4" ] || fail "a trial ran twice"
echo "two_runs: passed"
