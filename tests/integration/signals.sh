#!/bin/bash
# How a run ends by a signal: once, the trial is put back and the state saved; a signal that comes twice at once is one;
# a signal to all processes of the job is no failure of the point; insisting ends it at once and leaves nothing behind.
#
# usage: signals.sh ECOPT
# shellcheck disable=SC2154 # it sets $ecopt and $run
. "$(dirname "$0")/one_run.bash"

study 3 "['sh', 'program', '{study.dir}/here.{trial.id}']"
patient='echo $$ >"$1"; while [ ! -e go ]; do sleep 0.02; done; echo a=0.5 b=3'
echo "$patient" >program

begin() { # [WRAPPER...]: until the program of trial 1 has written its number
    rm -f here.1
    begin_run "$@"
    for ((i = 0; i < 400; i++)); do
        [ ! -s here.1 ] || return 0
        sleep 0.05
    done
    fail "trial 1 did not start"
}

ends_within() { # STATUS SECONDS: the run leaves with it within that time, and its program with it
    local from=$SECONDS
    ends "$1"
    [ $((SECONDS - from)) -le "$2" ] || fail "took $((SECONDS - from)) s"
    ! kill -0 "$(cat here.1)" 2>/dev/null || fail "the program lives on"
}

n=0
put_back() { # trial 1 waits, its newest attempt was stopped
    n=$((n + 1))
    [ "$(row "select state, attempts from trial where id = 1")" = "queued|$n" ] || fail "trial 1: $(row "select * from trial")"
    [ "$(row "select state, cause from attempt where trial = 1 and attempt = $n")" = "preempted|stopped" ] ||
        fail "attempt $n: $(row "select * from attempt")"
}

for signal in INT TERM HUP; do
    begin
    kill -$signal "$run"
    ends_within 130 10
    put_back
done

# timeout sends to the process and to its group.
begin
kill -TERM "$run"
kill -TERM "$run"
ends_within 130 10
put_back
begin timeout --preserve-status 1
ends_within 130 10
put_back

# To every process of the job, as the end of a batch job does: the program is the first to die of it.
for order in program_first all_at_once; do
    begin
    program=$(cat here.1)
    watch=$(ps -o ppid= "$program" | tr -d ' ')
    if [ $order = program_first ]; then
        kill -TERM "$program" "$watch"
        sleep 0.02
        kill -TERM "$run"
    else
        kill -TERM "$run" "$watch" "$program"
    fi
    ends_within 130 10
    put_back
done

# A program that does not listen is killed within the time that a batch system leaves (30 s).
echo "trap '' TERM INT HUP; $patient" >program
begin
kill -TERM "$run"
ends_within 130 20
put_back

# Whoever insists does not wait for it. What ran is ended all the same, and the next run finds it.
begin
kill -INT "$run"
sleep 0.5
kill -INT "$run"
status=0
wait "$run" || status=$?
run=
[ $status = 130 ] || fail "status $status after two INT"
[ "$(row "select state from trial where id = 1")" = running ] || fail "the trial was put back all the same"
for ((i = 0; i < 200; i++)); do
    kill -0 "$(cat here.1)" 2>/dev/null || break
    sleep 0.05
done
! kill -0 "$(cat here.1)" 2>/dev/null || fail "the program outlived its run"

# nohup: what was ignored stays ignored.
echo "$patient" >program
n=$((n + 1))
begin env --ignore-signal=HUP
kill -HUP "$run"
sleep 0.3
kill -0 "$run" || fail "HUP ended a run under nohup"
touch go
ends_within 0 30
[ "$(row "select count(*) from trial where state = 'complete'")" = 3 ] || fail "not all complete"
[ "$(row "select count(*) from attempt where state = 'failed'")" = 0 ] || fail "a signal was taken for a failure"
"$ecopt" verify -q || fail "the study is not whole"
echo "signals: passed"
