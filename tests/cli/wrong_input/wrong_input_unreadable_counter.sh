# A counter that is there but cannot be read: auto says so and falls back on the model; who names
# it gets 6 and the remedy.
. "$CASES/../data/study.sh"
drop=
if [ "$(id -u)" = 0 ]; then # who may read anything is not stopped by permissions
    drop='setpriv --bounding-set=-all'
    $drop true 2>/dev/null || exit 77
fi
zone=$ECOPT_SYSTEM_ROOT/sys/class/powercap/intel-rapl:0
mkdir -p "$zone"
echo package-0 >"$zone/name"
echo 262143328850 >"$zone/max_energy_range_uj"
echo 123456789 >"$zone/energy_uj"
chmod 0 "$zone/energy_uj"
$drop ecopt doctor | grep -e '^rapl-powercap' -e '^model cpu' -e '^  rapl-powercap' -e '^energy here'
$drop ecopt doctor --require measured >/dev/null; echo "require $?"
$drop ecopt measure --sources rapl-powercap -- true; echo "measure $?"
begin
$drop ecopt run -q --sources rapl-powercap; echo "run $?"
$drop ecopt run -q --sources auto -n 3; echo "auto $?"
ecopt show 3 | grep -o -m 1 modelled-generic
# Unreadable in another way, that even root feels.
rm -f "$zone/energy_uj" && mkdir "$zone/energy_uj"
ecopt run -q --sources rapl-powercap; echo "run $?"
ecopt doctor | grep '^rapl-powercap'
echo garbage >"$zone/name"; rmdir "$zone/energy_uj"; echo many >"$zone/energy_uj"
ecopt run -q --sources rapl-powercap; echo "run $?"
mend
