#!/bin/bash
# kill -9 of a run while it measures its front anew: the joules of what it had measured stay in the books, what was under
# way is told to be lost, no value changes, and the next run confirms the front.
#
# usage: kill_confirm.sh ECOPT
# shellcheck disable=SC2154 # it sets $ecopt and $run
. "$(dirname "$0")/one_run.bash"

study 3 "['sh', 'program']"
sed -i 's/^objectives: .*/objectives: {a: max, run.energy_j: min}/; s/^meter: .*/meter: {sources: model, repeats: {min: 1, max: 1}, confirm: 2}/' study.yaml
# The fifth run and all later ones wait for a file: three of the search, one of the screening.
cat >program <<'IN'
echo $$ >>runs
while [ "$(wc -l <runs)" -ge 5 ] && [ ! -e go ]; do sleep 0.02; done
i=0
while [ $i -lt 20000 ]; do i=$((i + 1)); done
echo a=0.5 b=3
IN

spent_j() { "$ecopt" status --json | tr -d ' \n' | grep -o '"spent_energy_j":[0-9.e+-]*' | head -n 1 | cut -d : -f 2; }
confirms() { row "select count(*) from attempt where kind = 'confirm' $1"; }

begin_run
for ((i = 0; i < 400; i++)); do
    [ ! -e runs ] || [ "$(wc -l <runs)" -lt 5 ] || break
    sleep 0.05
done
[ "$(wc -l <runs)" = 5 ] || fail "the second run of the confirmation did not start"
kill -KILL "$run"
wait "$run" 2>/dev/null || true
run=
last=$(tail -n 1 runs)
for ((i = 0; i < 200; i++)); do
    kill -0 "$last" 2>/dev/null || break
    sleep 0.05
done
! kill -0 "$last" 2>/dev/null || fail "the program outlived its run"

# The screening's joules are there, and are spent; the killed run has none and is told.
[ "$(confirms "")" -ge 1 ] || fail "nothing is known of the confirmation"
[ "$(confirms "and state <> 'abandoned'")" = 0 ] && [ "$(confirms "and cause = 'lost'")" = 1 ] || fail "something else than lost: $(row "select * from attempt")"
[ "$(row "select count(*) from phase p join attempt a using (trial, attempt) where kind = 'confirm' and energy_j > 0")" = 1 ] ||
    fail "the screening's joules are not kept"
before=$(spent_j)
[ "$(row "select abs(sum(energy_j) - $before) < 1e-6 * $before from phase")" = 1 ] || fail "status says $before J"
"$ecopt" analyse impact >out 2>err
grep -q "1 lost run  *not measured" out || fail "the ledger does not tell what is lost: $(cat out)"
"$ecopt" status 2>err | grep -q "lost  *1 run, not measured" || fail "status does not tell what is lost"
[ "$(row "select count(*) from trial where measured is not null")" = 0 ] || fail "values of a front that was not confirmed"
"$ecopt" verify -q 2>err || fail "verify after the kill"

# The next run does it all, and what was lost stays spent.
touch go
begin_run
ends 0
[ "$(row "select count(*) from trial where measured > 0")" -ge 1 ] || fail "the front was not confirmed"
[ "$(row "select count(*) from trial where state = 'complete'")" = 3 ] || fail "a trial was lost"
after=$(spent_j)
[ "$(row "select $after > $before")" = 1 ] || fail "spent $after J after $before J"
[ "$(row "select abs(sum(energy_j) - $after) < 1e-6 * $after from phase")" = 1 ] || fail "status says $after J in the end"
"$ecopt" verify -q 2>err || fail "verify in the end"
echo "kill_confirm: passed"
