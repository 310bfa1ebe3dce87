#!/bin/bash
# A disk that fails at any one operation of a study: `ecopt run` says which file and why and ends with status 1, and the
# next `ecopt run` finishes the study with the same trials as if nothing had happened.
#
# usage: io_faults.sh ECOPT IO_FAULTS_SO [STEP]      STEP 1 tries every operation, 3 (default) every third
set -eu

ecopt=$1
faults=$2
step=${3:-${ECOPT_FAULT_STEP:-3}}
trials=4

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

# The program also leaves a file, so that the trial's folder is in use.
cat >study.yaml <<'YAML'
study: f
seed: 5
sampler: sobol
command:
  run: sh -c 'echo "a={x} b={k}" | tee {trial.dir}/out; echo noise >&2'
params:
  x: {type: float, min: 0, max: 1}
  k: {type: int, min: 1, max: 1000}
metrics: {a: {regex: 'a=([0-9.e-]+)'}, b: {regex: 'b=([0-9]+)'}}
objectives: {a: max, b: min}
budget: {trials: 4, init: 2}
meter: {sources: model}
YAML

fail() {
    echo "io_faults: operation $k ($cause, sticky $sticky, $(head -n 1 hit 2>/dev/null)): $*" >&2
    sed 's/^/  /' err >&2
    exit 1
}

points() { # STATE...: id and point of the trials in a state
    sqlite3 f.ecopt/study.db "select id, point from trial where state = 'complete' order by id" 2>/dev/null || true
}

faulty() { # K: one run in which operation K fails
    rm -f hit
    ECOPT_FAULT_PROGRAM=$(basename "$ecopt") ECOPT_FAULT_PATH=/f.ecopt ECOPT_FAULT_AT=$1 ECOPT_FAULT_ERRNO=$cause \
        ECOPT_FAULT_STICKY=$sticky ECOPT_FAULT_LOG=$dir/hit LD_PRELOAD=$faults "$ecopt" run -q study.yaml >out 2>err
}

k=none cause=none sticky=0
"$ecopt" run -q study.yaml >out 2>err || fail "a run without faults failed"
points >expected
[ "$(wc -l <expected)" = $trials ] || fail "the run without faults has no $trials trials"

causes=(ENOSPC EIO EDQUOT)
said=0 unseen=0
for ((k = 0; ; k += step)); do
    rm -rf f.ecopt
    cause=${causes[$((k / step % 3))]}
    sticky=$((k / step % 2))
    status=0
    faulty $k || status=$?
    [ -e hit ] || break
    : >before
    [ ! -s f.ecopt/study.db ] || points >before
    case $status in
    0)
        # SQLite keeps the log when it cannot be moved into the database: nothing to tell.
        unseen=$((unseen + 1))
        diff before expected >/dev/null || fail "status 0, but not every trial is there"
        ;;
    1)
        said=$((said + 1))
        grep -q "^error: .*'.*f\.ecopt.*'" err || fail "the message names no file"
        # A file that SQLite could not make once and could the next moment is "no such file" to it.
        grep -qiE 'no space|i.o error|input.output|quota|no such file|readonly' err || fail "the message names no cause"
        ;;
    *) fail "exit status $status" ;;
    esac
    "$ecopt" run -q study.yaml >out 2>err || fail "the next run failed with $?"
    points >after
    diff after expected >/dev/null || fail "other trials than without faults: $(diff after expected)"
    [ -z "$(comm -23 <(sort before) <(sort after))" ] || fail "a completed trial was lost"
    [ "$(sqlite3 f.ecopt/study.db "select count(*) from attempt where state = 'complete'")" = $trials ] ||
        fail "a trial was counted twice"
    [ "$(sqlite3 f.ecopt/study.db "select count(*) from trial")" = $trials ] || fail "a trial too many"
    [ "$(sqlite3 f.ecopt/study.db 'pragma integrity_check')" = ok ] || fail "the store is damaged"
done
[ "$k" -gt 60 ] || fail "only $k operations were seen: the shim does not work"
[ "$said" -gt $((10 / step)) ] || fail "only $said faults were seen by the program"
echo "io_faults: $k operations, $said faults told, $unseen without effect"
