#!/bin/bash
# kill -9 of ecopt at random moments, each followed by `ecopt run`: no completed trial is lost or counted twice, no
# process is left behind.
#
# usage: kill_resume.sh ECOPT [KILLS] [SEED]
set -eu

ecopt=$1
kills=${2:-20}
RANDOM=${3:-$$}
seed=$RANDOM
echo "kill_resume: seed $seed, $kills kills"
RANDOM=$seed

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
# A name of its own for the trial's processes, so that /proc shows whether one is left.
cp "$(command -v sleep)" "ecopt-kill-$$"

cat >study.yaml <<EOF
study: killed
seed: $seed
sampler: random
command:
  run: [sh, -c, './ecopt-kill-$$ 0.04 & ./ecopt-kill-$$ 0.03; wait; echo ended >> {study.dir}/ended.{trial.id}; echo "[ecopt] {\"a\": {x}, \"b\": {k}}"']
params:
  x: {type: float, min: 0, max: 1}
  k: {type: int, min: 1, max: 1000}
metrics: {a: , b: }
objectives: {a: max, b: min}
budget: {trials: 60}
meter: {sources: model}
EOF

fail() {
    echo "kill_resume: $*" >&2
    exit 1
}

# id, state, point and values of every complete trial.
complete_trials() {
    sqlite3 killed.ecopt/study.db "select t.id, t.point, m.name, m.value from trial t join metric m
        on m.trial = t.id and m.attempt = t.attempts where t.state = 'complete' and m.name in ('a', 'b')
        order by 1, 3"
}

left_behind() {
    pgrep -f "ecopt-kill-$$" || true
}

: >known
for ((i = 1; i <= kills; i++)); do
    "$ecopt" run -q study.yaml >run.out 2>run.err &
    pid=$!
    sleep "0.$((RANDOM % 4))$((RANDOM % 10))"
    kill -9 "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
    # The supervisor ends what the killed process started; the next run waits for it by the lock.
    for ((k = 0; k < 100; k++)); do
        [ -z "$(left_behind)" ] && break
        sleep 0.05
    done
    [ -z "$(left_behind)" ] || fail "kill $i: processes are left: $(left_behind)"
    [ -e killed.ecopt/study.db ] || continue
    # Killed before the schema was committed: there is no trial to lose yet.
    [ -n "$(sqlite3 killed.ecopt/study.db "select 1 from sqlite_master where name = 'metric'")" ] || continue
    complete_trials >now
    # Every row known before is still there, unchanged.
    [ -z "$(comm -23 <(sort known) <(sort now))" ] || fail "kill $i: a completed trial was lost or changed"
    mv now known
done

"$ecopt" run -q study.yaml >run.out 2>run.err || fail "the last run failed: $(cat run.err)"
[ "$(sqlite3 killed.ecopt/study.db "select count(*) from trial where state = 'complete'")" = 60 ] ||
    fail "not 60 complete trials"
[ "$(sqlite3 killed.ecopt/study.db "select count(distinct point) from trial")" = 60 ] || fail "a point occurs twice"
[ "$(sqlite3 killed.ecopt/study.db "select count(*) from attempt where state = 'complete'")" = 60 ] ||
    fail "a trial was counted twice"
[ "$(sqlite3 killed.ecopt/study.db "select max(id) from trial")" = 60 ] || fail "numbers have holes"
complete_trials >now
[ -z "$(comm -23 <(sort known) <(sort now))" ] || fail "a completed trial was lost or changed"
[ -z "$(left_behind)" ] || fail "processes are left at the end: $(left_behind)"
lost=$(sqlite3 killed.ecopt/study.db "select count(*) from attempt where state = 'abandoned'")
echo "kill_resume: 60 trials complete, $lost lost attempts run again"
