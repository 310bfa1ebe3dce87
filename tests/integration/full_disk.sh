#!/bin/bash
# A disk that is full: in the logs, in a trial's folder, in the store and from the start.  `ecopt run` says so with
# status 1; once there is room the same command finishes the study and no completed trial has changed.
#
# usage: full_disk.sh ECOPT      status 77: no file system can be mounted here
set -eu

ecopt=$1
if [ "${2:-}" != inside ]; then
    unshare -rm sh -c 'd=$(mktemp -d) && mount -t tmpfs -o size=100k tmpfs "$d"' 2>/dev/null || {
        echo "full_disk: no file system can be mounted here, skipped"
        exit 77
    }
    exec unshare -rm bash "$0" "$ecopt" inside
fi

dir=$(mktemp -d)
trap 'cd /; umount "$dir/disk" 2>/dev/null || true; rm -rf "$dir"' EXIT
mkdir "$dir/disk"
cd "$dir"

fail() {
    echo "full_disk: $name: $*" >&2
    sed 's/^/  /' "$dir/err" >&2 || true
    exit 1
}

study() { # COMMAND: a study of six trials
    cat >study.yaml <<YAML
study: f
seed: 5
sampler: sobol
command: {run: ['sh', '-c', '$1']}
params: {x: {type: float, min: 0, max: 1}, k: {type: int, min: 1, max: 1000}}
metrics: {a: {regex: 'a=([0-9.e-]+)'}, b: {regex: 'b=([0-9]+)'}}
objectives: {a: max, b: min}
budget: {trials: 6, init: 2}
meter: {sources: model}
YAML
}

complete() {
    sqlite3 f.ecopt/study.db "select t.id, t.point, m.name, m.value from trial t join metric m
        on m.trial = t.id and m.attempt = t.attempts where t.state = 'complete' and m.name in ('a', 'b') order by 1, 3"
}

try() { # NAME SIZE COMMAND: runs on a disk of that size until it is full, then with room
    name=$1
    mount -t tmpfs -o size="$2" tmpfs disk
    cd disk
    study "$3"
    status=0
    "$ecopt" run -q study.yaml >/dev/null 2>"$dir/err" || status=$?
    [ $status = 1 ] || fail "status $status on the full disk"
    grep -q "^error: .*'.*disk/.*'.*[Nn]o space" "$dir/err" || fail "the message does not name file and cause"
    : >"$dir/before"
    [ ! -s f.ecopt/study.db ] || complete >"$dir/before" 2>/dev/null || true
    mount -o remount,size=50m .
    rm -f ballast
    "$ecopt" run -q study.yaml >/dev/null 2>"$dir/err" || fail "the run with room failed"
    complete >"$dir/after"
    [ "$(wc -l <"$dir/after")" = 12 ] || fail "not six complete trials"
    [ -z "$(comm -23 <(sort "$dir/before") <(sort "$dir/after"))" ] || fail "a completed trial was lost"
    [ "$(sqlite3 f.ecopt/study.db "select count(*) from attempt where state = 'complete'")" = 6 ] ||
        fail "a trial was counted twice"
    [ "$(sqlite3 f.ecopt/study.db 'pragma integrity_check')" = ok ] || fail "the store is damaged"
    cd ..
    umount disk
    echo "full_disk: $name: $(wc -l <"$dir/before") values before, finished after"
}

report='echo a={x} b={k}'
# What the program prints is kept in the trial's folder.
try logs 700k "yes printed | head -c 150000; $report"
# The program fills its own folder; its own failure to write is its own affair.
try folder 700k "yes file | head -c 150000 >{trial.dir}/big 2>/dev/null; $report"
# A program that fills the disk and goes on: the store is the one that cannot write.
try store 900k "yes ballast | head -c 200000 >>{study.dir}/ballast 2>/dev/null; $report"
# Full before anything was made.
try start 4k "$report"
