#!/bin/bash
# Pause, resume, stop and stop --now of a run that is going on, from another process; a paused study starts no run.
#
# usage: control.sh ECOPT
# shellcheck disable=SC2154 # it sets $ecopt and $run
. "$(dirname "$0")/one_run.bash"

# Each trial waits for a file, so that the test decides how long it takes.
study 6 "['sh', '-c', 'while [ ! -e {study.dir}/go.{trial.id} ]; do sleep 0.02; done; echo a={x} b={k}']"

state_is() { # TRIAL STATE, within 20 seconds
    for ((i = 0; i < 400; i++)); do
        [ "$(sqlite3 t.ecopt/study.db "select state from trial where id = $1" 2>/dev/null)" != "$2" ] || return 0
        sleep 0.05
    done
    return 1
}

says() { # TEXT: the run has said it, within 20 seconds
    for ((i = 0; i < 400; i++)); do
        grep -q "$1" run.err && return 0
        sleep 0.05
    done
    return 1
}

# No study yet.
status=0
"$ecopt" pause 2>err || status=$?
[ $status = 1 ] || fail "pause without a study: status $status"

# A run that is going on waits, and goes on.
begin_run
state_is 1 running || fail "trial 1 did not start"
"$ecopt" pause 2>err
grep -q "waits after its current trial" err || fail "pause does not say what happens"
"$ecopt" status 2>err | grep -q paused || fail "status does not say that it is paused"
touch go.1
state_is 1 complete || fail "the current trial was not finished"
says "paused: 'ecopt resume'" || fail "the run does not say that it is paused"
sleep 0.6
[ "$(sqlite3 t.ecopt/study.db 'select count(*) from trial')" = 1 ] || fail "a paused run went on"
kill -0 "$run" || fail "a paused run left"
"$ecopt" resume 2>err
grep -q "goes on" err || fail "resume does not say so"
state_is 2 running || fail "the run did not go on"
says resumed || fail "the run does not say that it goes on"

# Stop: after the current trial, with 130; nothing is put back.
"$ecopt" stop study.yaml 2>err
grep -q "stops after its current trial" err || fail "stop does not say what happens"
touch go.2
ends 130
grep -q "stopped by 'ecopt stop'" run.err || fail "the run does not say why it ends"
[ "$(sqlite3 t.ecopt/study.db "select group_concat(state) from trial")" = complete,complete ] || fail "states after stop"

# A stop is over with the run that it was said to.
begin_run
state_is 3 running || fail "a new run does not start after a stop"
# At once: the trial waits for the next run.
"$ecopt" stop --now 2>err
ends 130
[ "$(sqlite3 t.ecopt/study.db "select state from trial where id = 3")" = queued ] || fail "stop --now did not put trial 3 back"
[ "$(sqlite3 t.ecopt/study.db "select state, cause from attempt where trial = 3")" = "preempted|stopped" ] || fail "the attempt"

# A paused study starts no run, and says how to go on.
"$ecopt" pause 2>err
grep -q "nothing runs it here" err || fail "pause of a study that nobody runs"
begin_run
ends 7
grep -q "is paused" run.err && grep -q "ecopt resume" run.err || fail "a run of a paused study does not say so"
# Points may be added meanwhile.
"$ecopt" enqueue x=0.5 k=500 >out 2>err || fail "enqueue on a paused study"
"$ecopt" stop 2>err # takes the place of the pause
"$ecopt" resume 2>err

# Ctrl-C while it is paused.
begin_run
state_is 3 running || fail "the trial that was put back did not start first"
"$ecopt" pause 2>err
touch go.3
says "paused: 'ecopt resume'" || fail "the second pause"
kill -INT "$run"
ends 130
"$ecopt" resume 2>err

touch go.4 go.5 go.6
begin_run
ends 0
[ "$(sqlite3 t.ecopt/study.db "select count(*) from trial where state = 'complete'")" = 6 ] || fail "not all complete"
[ "$(sqlite3 t.ecopt/study.db "select count(*) from attempt")" = 7 ] || fail "not one attempt each, and one more"
[ "$(sqlite3 t.ecopt/study.db "select origin from trial where id = 4")" = enqueued ] || fail "the queued point was not next"
echo "control: passed"
