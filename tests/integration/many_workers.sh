#!/bin/bash
# Several workers on one study, killed at random with -9 and stopped for longer than their lease: every trial complete
# once, the budget kept exactly, no process and no file of a worker left behind.
#
# usage: many_workers.sh ECOPT [KILLS] [SEED]
set -eu

ecopt=$1
# A second argument that is no number is for other scripts.
kills=12
[[ ${2:-} =~ ^[0-9]+$ ]] && kills=$2
RANDOM=${3:-$$}
seed=$RANDOM
echo "many_workers: seed $seed, $kills kills"
RANDOM=$seed

dir=$(mktemp -d)
pids=()
trap 'kill -9 "${pids[@]}" 2>/dev/null || true; rm -rf "$dir"' EXIT
cd "$dir"
# A name of its own for the trial's processes, so that /proc shows whether one is left.
cp "$(command -v sleep)" "ecopt-many-$$"
cat >study.yaml <<YAML
study: many
seed: $seed
sampler: random
command: {run: [sh, -c, './ecopt-many-$$ 0.05 & ./ecopt-many-$$ 0.04; wait; echo "[ecopt] {\"a\": {x}, \"b\": {k}}"']}
params: {x: {type: float, min: 0, max: 1}, k: {type: int, min: 1, max: 1000}}
metrics: {a: , b: }
objectives: {a: max, b: min}
budget: {trials: 80}
retries: {lost: 100}
meter: {sources: none}
YAML

fail() {
    echo "many_workers: $*" >&2
    cat err.* >&2 || true
    exit 1
}
sql() {
    sqlite3 -cmd '.timeout 5000' many.ecopt/study.db "$1"
}
start() {
    "$ecopt" worker -q --lease 2s study.yaml >/dev/null 2>"err.$1" &
    pids[$1]=$!
}

for i in 0 1 2 3; do
    start $i
done
for ((k = 0; k < kills; k++)); do
    sleep "0.$((RANDOM % 3))$((RANDOM % 10))"
    i=$((RANDOM % 4))
    kill -9 "${pids[$i]}" 2>/dev/null || true
    wait "${pids[$i]}" 2>/dev/null || true
    start $i
done
# One is stopped until its trial is another's; when it goes on, its result is late.
kill -STOP "${pids[0]}" 2>/dev/null || true
sleep 3
kill -CONT "${pids[0]}" 2>/dev/null || true
for i in 0 1 2 3; do
    wait "${pids[$i]}" || fail "worker $i left with status $?"
done
pids=()

[ "$(sql "select count(*), count(distinct point), max(id) from trial where state = 'complete'")" = "80|80|80" ] ||
    fail "not 80 complete trials: $(sql 'select state, count(*) from trial group by 1')"
[ "$(sql "select count(*) from attempt where state = 'complete'")" = 80 ] || fail "a trial was completed twice"
[ "$(sql "select count(*) from attempt where state = 'running'")" = 0 ] || fail "an attempt still runs"
[ "$(sql "select count(*) from trial t where decided is null or not exists (select 1 from attempt a
    where a.trial = t.id and a.attempt = t.decided and a.state = 'complete')")" = 0 ] || fail "a trial has no deciding attempt"
[ "$(sql 'pragma integrity_check')" = ok ] || fail "the store is damaged"
[ -z "$(pgrep -f "ecopt-many-$$" || true)" ] || fail "processes are left: $(pgrep -af "ecopt-many-$$")"
lost=$(sql "select count(*) from attempt where state = 'abandoned' and cause = 'lost'")
echo "many_workers: 80 trials complete, $lost lost attempts run again"
