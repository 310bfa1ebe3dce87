#!/bin/bash
# ecopt calibrate on a made-up machine whose counter follows ecopt itself: 10 W, and 20 W more for
# each CPU that it keeps busy.  A card of 120 W beside it must not be in the curve.
#
# usage: calibrate.sh ECOPT LIBRARY      LIBRARY: the made-up libnvidia-ml
set -u
ecopt=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
fail() {
    echo "calibrate: $*" >&2
    cat ./*.txt >&2
    exit 1
}

root=$work/root
zone=$root/sys/class/powercap/intel-rapl:0
mkdir -p "$zone" "$root/proc"
echo package-0 >"$zone/name"
echo 262143328850 >"$zone/max_energy_range_uj"
printf 'model name\t: Test, CPU\n' >"$root/proc/cpuinfo"
show() { # ticks, microjoules; written in place, for ecopt holds the files open
    printf 'cpu  %012d 0 0 0 0 0 0 0 0 0\ncpu0 0\ncpu1 0\n' "$1" 1<>"$root/proc/stat"
    printf '%018d\n' "$2" 1<>"$zone/energy_uj"
}
show 0 1000000
# Without a counter, so with a wider band and a weaker label than the package's.
printf 'count 1\nenergy_status 3\nat 0 120000\n' >card
export ECOPT_NVML_PATH=$2 ECOPT_FAKE_NVML=$work/card
export ECOPT_SYSTEM_ROOT=$root ECOPT_CALIBRATION=$work/kept/curve

# Until process $1 ends: its CPU time becomes the machine's, and energy.
feed() {
    local start=${EPOCHREALTIME/./} now ticks fields
    while read -ra fields 2>/dev/null <"/proc/$1/stat"; do
        ticks=$((fields[13] + fields[14])) now=${EPOCHREALTIME/./}
        show "$ticks" $((1000000 + (now - start) * 10 + ticks * 10000 * 20))
        sleep 0.02
    done
}

# A machine too busy for the loads to be told apart is refused, as it should be: then once more.
for attempt in 1 2 3; do
    "$ecopt" calibrate -t 2s >out.txt 2>err.txt &
    pid=$!
    feed "$pid"
    wait "$pid"
    code=$?
    [ "$code" = 0 ] && break
    grep -q 'with more load' err.txt || fail "attempt $attempt left with $code"
done
[ "$code" = 0 ] || exit 77

[ "$(grep -c '^point,' kept/curve)" = 4 ] || fail 'not four points'
grep -q '^machine,Test  CPU  2 CPUs$' kept/curve || fail "the machine: $(cat kept/curve)"
awk -F, '/^source/ { if ($2 == "measured-counter" && $3 > 0.8999 && $3 < 0.9001 && $4 > 1.0999 && $4 < 1.1001 &&
    $5 == "rapl-powercap package-0") ok = 1 } END { exit !ok }' kept/curve ||
    fail "the card is in the meter's name, label or band: $(cat kept/curve)"
# Every point lies on 10 W + 40 W x load, within what files fed every 20 ms can show.
awk -F, '/^point/ { d = $3 - 10 - 40 * $2; if (d * d > 4) { print; exit 1 } }' kept/curve ||
    fail "a point is off: $(cat kept/curve)"

# Its uncertainty is not nothing, and not more than the scatter that such a feed can have.
awk -F, '/^point/ && !($4 > 0.0001 && $4 < 2) { print; exit 1 }' kept/curve || fail "an uncertainty is off"

# Without the counter the curve is used, and nothing weaker is needed.
unset ECOPT_NVML_PATH
rm -r "$root/sys"
"$ecopt" measure --require modelled-calibrated --json -o measured.txt true || fail 'the curve is not used'
grep -q '"modelled-calibrated"' measured.txt || fail 'not labelled'
"$ecopt" doctor >doctor.txt
grep -q '^calibrated cpu *used *modelled-calibrated' doctor.txt || fail 'not in the listing'

# Without a meter there is nothing to calibrate with; what is kept stays.
"$ecopt" calibrate -t 1s >out.txt 2>err.txt
code=$?
[ "$code" = 6 ] || fail "without a meter it left with $code"
[ "$(grep -c '^point,' kept/curve)" = 4 ] || fail 'the curve was lost'
