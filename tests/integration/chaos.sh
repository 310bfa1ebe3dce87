#!/bin/bash
# Random accidents over a study that runs: at its end every trial is complete once, the budget is kept, nothing is left
# behind, the store is whole, and the trials are those of a study that nobody disturbed.
#
# usage: chaos.sh ECOPT CHAOS_SO [EVENTS] [SEED] [WORKERS]
#
# Events: kill -9 of a tuner, of a worker, of a program and of all at once; stop and continue; the wall clock jumps; the
# disk is full; the file system is read-only; the database is locked; system calls are interrupted; memory is short; a
# program leaves a corrupt result, prints garbage, prints without end, hangs, crashes, or leaves a daemon behind.
#
# The first of each kind is held or tried again until it has been felt, the others strike or miss. At the end there is
# told how often each was felt: by whom a signal was sent to, by the calls that failed, by the programs that played it.
set -eu

ecopt=$(readlink -f "$1")
chaos=$(readlink -f "$2")
[ -r "$chaos" ] || { echo "chaos: there is no '$2'" >&2; exit 2; }
events=${3:-100}
RANDOM=${4:-$$}
seed=$RANDOM
workers=${5:-3}
RANDOM=$seed

dir=$(mktemp -d "${TMPDIR:-/tmp}/ecopt-chaos.XXXXXX")
cd "$dir"
mark=$(basename "$dir")
# More than can be done while the events last.
trials=$((3 * (events > 100 ? events : 100)))
echo "chaos: seed $seed, $events events, $workers workers, $trials trials"

finish() {
    touch over
    pkill -9 -f "^bash .*$mark" 2>/dev/null || true
    for pid in $(processes); do kill -9 "$pid" 2>/dev/null || true; done
    [ "${keep:-0}" = 1 ] || rm -rf "$dir"
}
trap finish EXIT

fail() {
    keep=1
    echo "chaos: $* (everything is in $dir)" >&2
    tail -n 5 tuner.*.err >&2 || true
    exit 1
}

# The program: its numbers depend on the point alone. A file `trouble.KIND` is an accident that the first program to
# take it has to play.
cat >program.sh <<'PROGRAM'
#!/bin/bash
x=$1 k=$2 mark=$3
cd "$(dirname "$0")"
trouble=
for file in trouble.*; do
    [ -e "$file" ] && mv "$file" "taken.$$" 2>/dev/null && trouble=${file#trouble.} && rm -f "taken.$$" && break
done
[ -z "$trouble" ] || echo "$trouble" >>felt.log
case $trouble in
corrupt) printf '{"a": 0.5, "b": ' >"$ECOPT_RESULT" && exit 0 ;;
garbage) head -c 300000 /dev/urandom; head -c 300000 /dev/urandom >&2 ;;
endless) timeout 3 yes "[ecopt] nothing that anybody could read" ; exit 3 ;;
hang) exec sleep 1000 ;;
daemon) setsid sleep 1000 & ;;
crash) kill -SEGV $$ ;;
esac
# Slow as long as there are events to come, so that they meet a study that runs.
[ -e calm ] || sleep 0.$((k % 4 + 1))
echo "[ecopt] {\"a\": $x, \"b\": $k}"
PROGRAM
chmod +x program.sh

study() { # FILE TRIALS
    cat >"$1" <<YAML
study: $(basename "$1" .yaml)
seed: $seed
sampler: random
command:
  run: [$dir/program.sh, '{x}', '{k}', $mark]
  timeout: 4s
params:
  x: {type: float, min: 0, max: 1}
  k: {type: int, min: 1, max: 100000}
metrics: {a: , b: }
objectives: {a: max, run.energy_j: min}
budget: {trials: $2, failures: 1}
retries: {exit: 50, signal: 50, timeout: 50, no_metric: 50, not_a_number: 50, start: 50, memory: 50, meter: 50, lost: 100}
meter: {sources: "replay:trace.txt", concurrent: share}
YAML
}

# Not %d for what is counted: mawk ends it at 2^31.
awk -v n="$trials" 'BEGIN {
    print "# ecopt-trace 1"
    uj = 1000000; t = 0
    # A reading just before the first window: one that begins without any has no energy.
    printf "sample,%.3f,rapl package-0,%.0f,262143328850\n", t, uj
    for (w = 1; w <= n; w++) {
        printf "begin,%.3f,%d,run\n", t, w
        for (s = 0; s <= 3; s++) {
            printf "sample,%.3f,rapl package-0,%.0f,262143328850\n", t, uj
            t += 0.1; uj += 400000 + 37000 * (w * 7 % 11) + 1000 * s
        }
        printf "sample,%.3f,rapl package-0,%.0f,262143328850\n", t, uj
        printf "end,%.3f,%d,run\n", t, w
    }
}' >trace.txt

# Processes of this test: tuners, their supervisors, programs and what these left. By environment, since a daemon may
# call itself what it likes.
processes() {
    local entry pid
    for entry in /proc/[0-9]*; do
        pid=${entry#/proc/}
        [ "$pid" = $$ ] || [ "$pid" = "${BASHPID:-0}" ] && continue
        if grep -qz "^ECOPT_CHAOS_MARK=$mark\$" "$entry/environ" 2>/dev/null; then echo "$pid"; fi
    done
}

any() { # the pid of one process that matches, or nothing
    pgrep -f "$1" | shuf -n 1 --random-source=<(yes $RANDOM) || true
}

reset_world() { printf '0000    +00000000000\n' >control; }
world() { # OFFSET TEXT
    printf '%s' "$2" | dd of=control bs=1 seek="$1" conv=notrunc status=none
}
reset_world
calls=(full readonly interrupt memory clock)
head -c $((8 * ${#calls[@]})) /dev/zero >felt
: >felt.log

felt() { # KIND: how often
    for ((c = 0; c < ${#calls[@]}; c++)); do
        [ "${calls[c]}" != "$1" ] || { od -An -t u8 -j $((8 * c)) -N 8 felt | tr -d ' '; return; }
    done
    grep -c "^$1\$" felt.log || true
}

# A tuner that is started again whenever it dies, as an init system would. The shell's own words about who was killed go
# nowhere.
keeper() { # NUMBER COMMAND...
    local number=$1
    shift
    while [ ! -e over ]; do
        ECOPT_CHAOS_MARK=$mark ECOPT_CHAOS=$dir/control ECOPT_CHAOS_FELT=$dir/felt ECOPT_CHAOS_PROGRAM=$(basename "$ecopt") \
            ECOPT_CHAOS_PATH=$dir/disturbed.ecopt LD_PRELOAD=$chaos "$ecopt" "$@" >"tuner.$number.out" \
            2>>"tuner.$number.err" && break
        sleep 0.05
    done
    touch "done.$number"
}

study disturbed.yaml "$trials"
study undisturbed.yaml "$trials"
"$ecopt" check -q disturbed.yaml >check.out 2>&1 || fail "the study file: $(cat check.out)"
keeper 1 run -q disturbed.yaml 2>/dev/null &
for ((w = 2; w <= workers; w++)); do
    keeper $w worker -q disturbed.yaml 2>/dev/null &
done

signal() { # KIND SIGNAL PATTERN: one process that matches
    local pid
    pid=$(any "$3")
    [ -n "$pid" ] && kill -"$2" "$pid" 2>/dev/null && echo "$1" >>felt.log
}

stop() { # KIND PATTERN: and continue
    local pid
    pid=$(any "$2")
    [ -n "$pid" ] && kill -STOP "$pid" 2>/dev/null || return 0
    sleep "0.$((RANDOM % 3))"
    kill -CONT "$pid" 2>/dev/null && echo "$1" >>felt.log || true
}

# Only of a database that is there: sqlite3 would make one.
lock() {
    [ -s disturbed.ecopt/study.db ] || return 0
    sqlite3 disturbed.ecopt/study.db "pragma busy_timeout = 2000; begin immediate;" ".shell sleep 0.$((RANDOM % 4))" 'rollback;' \
        >/dev/null 2>&1 && echo locked >>felt.log || true
}

strike() { # KIND SECONDS: for conditions that last
    case $1 in
    kill_tuner) signal "$1" KILL "^$ecopt run .*disturbed.yaml" || true ;;
    kill_worker) signal "$1" KILL "^$ecopt worker .*disturbed.yaml" || true ;;
    kill_program) signal "$1" KILL "program.sh .*$mark" || true ;;
    kill_all) pkill -9 -f "^$ecopt .*disturbed.yaml" && echo kill_all >>felt.log || true ;;
    stop_tuner) stop "$1" "^$ecopt .*disturbed.yaml" ;;
    stop_program) stop "$1" "program.sh .*$mark" ;;
    clock) world 8 "$(printf '%+012d' $((RANDOM * 10 - 160000)))" ;;
    full) world 0 1 && sleep "$2" && world 0 0 ;;
    readonly) world 1 1 && sleep "$2" && world 1 0 ;;
    locked) lock ;;
    interrupt) world 2 $((RANDOM % 6)) ;;
    memory) world 3 1 && sleep 0.1 && world 3 0 ;;
    *) touch "trouble.$1" ;;
    esac
}

kinds=(kill_tuner kill_worker kill_program kill_all stop_tuner stop_program clock full readonly locked interrupt memory
    corrupt garbage endless hang daemon crash)
for kind in $(printf '%s\n' "${kinds[@]}" | shuf --random-source=<(yes $RANDOM)); do
    [ $kind != kill_worker ] || [ "$workers" -gt 1 ] || continue
    echo "$kind" >>events
    for ((k = 0; k < 100; k++)); do
        strike $kind 0.2
        sleep 0.1
        [ "$(felt $kind)" = 0 ] || break
    done
done
while [ "$(wc -l <events)" -lt "$events" ]; do
    sleep "0.0$((RANDOM % 9))"
    kind=${kinds[$((RANDOM % ${#kinds[@]}))]}
    # A hang costs its time limit and an endless program some CPU: one of ten is enough of them.
    case $kind in hang | endless) ((RANDOM % 10 == 0)) || kind=garbage ;; esac
    echo "$kind" >>events
    strike $kind "0.$((RANDOM % 2))"
done
early=$(sqlite3 disturbed.ecopt/study.db "select count(*) from trial where state = 'complete'")
touch calm
reset_world
rm -f trouble.*
for ((k = 0; k < 3000; k++)); do
    [ -e done.1 ] && break
    sleep 0.1
done
[ -e done.1 ] || fail "the study does not end"
[ "$early" -lt "$trials" ] || fail "the study was over before the last event"
touch over
wait
# Supervisors of killed tuners may be at their work yet.
for ((k = 0; k < 200; k++)); do
    [ -z "$(processes)" ] && break
    sleep 0.1
done
left=$(processes)
[ -z "$left" ] || fail "processes are left: $(ps -o pid,ppid,args -p "$(echo $left | tr ' ' ,)")"

sql() { sqlite3 "$1.ecopt/study.db" "$2"; }
same() { # WANTED GOT WHAT
    [ "$1" = "$2" ] || fail "$3: $2, not $1"
}
same ok "$(sql disturbed 'pragma integrity_check')" "integrity"
same "$trials" "$(sql disturbed "select count(*) from trial")" "trials"
same "$trials" "$(sql disturbed "select max(id) from trial")" "highest number"
same "$trials" "$(sql disturbed "select count(*) from trial where state = 'complete'")" "complete trials"
same "$trials" "$(sql disturbed "select count(distinct point) from trial")" "points"
same "$trials" "$(sql disturbed "select count(*) from attempt where state = 'complete'")" "complete attempts"
same 0 "$(sql disturbed "select count(*) from attempt where state = 'running'")" "running attempts"
"$ecopt" verify disturbed.ecopt >verify.out 2>&1 || fail "verify: $(cat verify.out)"

"$ecopt" run -q undisturbed.yaml >undisturbed.out 2>&1 || fail "the undisturbed study fails: $(cat undisturbed.out)"
values="select t.id, t.point, t.seed, m.name, m.value from trial t join metric m on m.trial = t.id
    and m.attempt = t.decided and m.step = 0 where m.name in ('a', 'b', 'run.energy_j') order by 1, 4"
sql disturbed "$values" >disturbed.values
sql undisturbed "$values" >undisturbed.values
cmp -s disturbed.values undisturbed.values || fail "other trials: $(diff disturbed.values undisturbed.values | head -n 6)"
"$ecopt" front disturbed.yaml --format csv >disturbed.front
"$ecopt" front undisturbed.yaml --format csv >undisturbed.front
[ -s disturbed.front ] || fail "there is no front"
cmp -s <(cut -d, -f1-4 disturbed.front) <(cut -d, -f1-4 undisturbed.front) || fail "another front"

told=
for kind in "${kinds[@]}"; do
    n=$(felt $kind)
    told="$told${told:+, }$kind $(grep -c "^$kind\$" events || true)/$n"
    [ "$n" -gt 0 ] || [ "$kind$workers" = kill_worker1 ] || fail "$kind was never felt"
done
echo "chaos: events/felt: $told"
echo "chaos: $trials trials complete once, $(sql disturbed "select count(*) from attempt") attempts; the front is that of" \
    "the undisturbed study"
