#!/bin/bash
# The helper as an administrator would have it: counters for root only, read by a member of the
# group through ecopt-energyd; others are refused; a restart in the middle of a measurement is seen.
#
# usage: energyd.sh ECOPT        as root; else skipped; ecopt-energyd lies beside ECOPT
set -u
ecopt=$(readlink -f "$1")
energyd=$(dirname "$ecopt")/ecopt-energyd
contrib=$(cd "$(dirname "$0")/../../contrib" && pwd) || exit 1
work=
pids=()
fail() {
    echo "energyd: $*" >&2
    exit 1
}
clean() {
    for pid in ${pids[@]+"${pids[@]}"}; do kill "$pid" 2>/dev/null; done
    rm -rf "$work"
}
[ "$(id -u)" = 0 ] || exit 77
work=$(mktemp -d)
trap clean EXIT
chmod 755 "$work"
cd "$work" || exit 1
nobody() { # group, command...
    local group=$1
    shift
    setpriv --reuid 65534 --regid 65534 --groups "$group" --bounding-set=-all "$@"
}
nobody 65534 "$ecopt" --version >/dev/null 2>&1 || exit 77
# Of the helper, which may start no process that looks for leaks.
export ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0

zone=root/sys/class/powercap/intel-rapl:0
mkdir -p $zone root/run
mkdir -m 777 out
echo package-0 >$zone/name
echo 262143328850 >$zone/max_energy_range_uj
echo 1000000 >$zone/energy_uj
chmod 0400 $zone/energy_uj
socket=$work/root/run/ecopt-energyd.sock
export ECOPT_SYSTEM_ROOT=$work/root

# The counter runs at some 20 W.
(
    uj=1000000
    while sleep 0.05; do
        uj=$((uj + 1000000))
        printf '%d\n' $uj 1<>$zone/energy_uj
    done
) &
pids+=($!)
helper() {
    "$energyd" --root "$work/root" --socket "$socket" --group 65500 2>log &
    pid=$!
    pids+=("$pid")
    for _ in $(seq 200); do
        grep -q serving log && return
        sleep 0.02
    done
    fail "the helper does not start: $(cat log)"
}

# Before: closed, and the helper is named as a remedy.
nobody 65500 "$ecopt" doctor >before || fail 'doctor'
grep '^rapl-powercap  *denied' before >/dev/null || fail "the counter is not closed: $(cat before)"
grep 'rapl-powercap: .*ecopt-energyd.socket' before >/dev/null || fail 'no remedy'
helper
nobody 65500 "$ecopt" doctor | grep '^helper package-0  *used' >/dev/null || fail 'not used by the group'
nobody 65534 "$ecopt" doctor | grep '^helper  *denied' >/dev/null || fail 'not refused to others'
nobody 65534 "$ecopt" measure --sources helper true 2>err && fail 'measured by others'
grep -q 'does not answer this user' err || fail "$(cat err)"

nobody 65500 "$ecopt" -q measure --json -o out/one --sources helper sleep 1.5 2>err || fail "$(cat err)"
python3 - out/one <<'PY' || exit 1
import json, sys
m = json.load(open(sys.argv[1]))
text = json.dumps(m)
assert 'measured-counter' in text and 'helper package-0' in text, text
PY

# Restarted in the window.
nobody 65500 "$ecopt" -q measure --json -o out/two --sources helper sleep 3 2>err &
measuring=$!
sleep 1.2
kill "$pid"
wait "$pid" || fail 'the helper did not end well'
helper
wait "$measuring" || fail "$(cat err)"
grep -q 'reset' out/two || fail "a restart was not seen: $(cat out/two)"

# What systemd would be told.
if command -v systemd-analyze >/dev/null; then
    sed "s|@CMAKE_INSTALL_FULL_SBINDIR@/ecopt-energyd|$energyd|" \
        "$contrib/ecopt-energyd.service.in" >ecopt-energyd.service
    cp "$contrib/ecopt-energyd.socket" .
    systemd-analyze verify --man=no ./ecopt-energyd.service ./ecopt-energyd.socket 2>verify
    grep -E 'ecopt-energyd\.(service|socket):[0-9]+:' verify && fail 'the units are not right'
fi
exit 0
