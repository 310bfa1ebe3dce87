#!/bin/bash
# What contrib/ gives a group is what ecopt needs: rules and snippets are applied to a made-up
# machine with counters for root only, and read as a member of the group and as somebody else.
#
# usage: privileges.sh ECOPT        as root; else skipped
set -u
ecopt=$(readlink -f "$1")
contrib=$(cd "$(dirname "$0")/../../contrib" && pwd) || exit 1
fail() {
    echo "privileges: $*" >&2
    exit 1
}
[ "$(id -u)" = 0 ] || exit 77
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
cd "$work" || exit 1
nobody() { # group, command...
    local group=$1
    shift
    setpriv --reuid 65534 --regid 65534 --groups "$group" --bounding-set=-all "$@"
}
nobody 65534 "$ecopt" --version >/dev/null 2>&1 || exit 77

# As the kernel has it: devices, and classes that link to them.
make_tree() {
    rm -rf root
    local zones=root/sys/devices/virtual/powercap/intel-rapl zone n=0
    for zone in intel-rapl:0 intel-rapl:0/intel-rapl:0:0; do
        mkdir -p "$zones/$zone" root/sys/class/powercap
        [ $n = 0 ] && echo package-0 >"$zones/$zone/name" || echo dram >"$zones/$zone/name"
        echo 262143328850 >"$zones/$zone/max_energy_range_uj"
        echo 123456789 >"$zones/$zone/energy_uj"
        chmod 0400 "$zones/$zone/energy_uj"
        ln -s "../../devices/virtual/powercap/intel-rapl/$zone" "root/sys/class/powercap/${zone##*/}"
        n=$((n + 1))
    done
    mkdir -p root/sys/devices/platform/x/hwmon/hwmon0 root/etc
    echo 5 >root/sys/devices/platform/x/hwmon/hwmon0/energy1_input
    chmod 0400 root/sys/devices/platform/x/hwmon/hwmon0/energy1_input
}
doctor() { # group: what the listing says of the two zones
    ECOPT_SYSTEM_ROOT=$work/root nobody "$1" "$ecopt" doctor | grep '^rapl-powercap' |
        sed 's/^\(rapl-powercap *[a-z0-9-]*\) *\([a-z ]*[a-z]\)  .*/\1 \2/'
}
check() { # who did it
    [ "$(doctor "$gid" | grep -c "used$")" = 2 ] || fail "$1: the group reads not both: $(doctor "$gid")"
    [ "$(doctor 65534 | grep -c used)" = 0 ] || fail "$1: others read them too: $(doctor 65534)"
    find root/sys -perm /022 -type f | grep . && fail "$1: something can be written"
    return 0
}

# The rules: each RUN of a line, with udev's substitutions, on the devices that the line matches.
gid=65500
make_tree
[ "$(doctor "$gid" | grep -c used)" = 0 ] || fail 'readable before'
apply() { # SUBSYSTEM, device path below sys
    local command
    grep "SUBSYSTEM==\"$1\"" "$contrib/70-ecopt-energy.rules" | grep -v '^#' |
        grep -o 'RUN+="[^"]*"' | sed 's/^RUN+="//; s/"$//' | while read -r command; do
            command=${command//%p/"/$2"} command=${command//\/sys\//"$work/root/sys/"}
            command=${command//energy \//"$gid /"} command=${command//chgrp energy/"chgrp $gid"}
            sh -c "${command//\$\$/\$}" || fail "this does not run: $command"
        done
}
for zone in intel-rapl:0 intel-rapl:0/intel-rapl:0:0; do
    apply powercap "devices/virtual/powercap/intel-rapl/$zone"
done
check 'udev rules'
apply hwmon devices/platform/x/hwmon/hwmon0
[ "$(stat -c %a:%g root/sys/devices/platform/x/hwmon/hwmon0/energy1_input)" = "440:$gid" ] ||
    fail "hwmon: $(stat -c %a:%g root/sys/devices/platform/x/hwmon/hwmon0/energy1_input)"
# Every line is keys and values, and what is not a comment matches one of the two subsystems.
grep -v -e '^#' -e '^$' "$contrib/70-ecopt-energy.rules" |
    grep -v -E '^([A-Z]+(==|=|\+=)"[^"]*"(, |$))+$' && fail 'a rule is not key="value", ...'
if command -v udevadm >/dev/null && udevadm verify --help >/dev/null 2>&1; then
    udevadm verify "$contrib/70-ecopt-energy.rules" || fail 'udevadm verify'
fi

# The snippets for systemd, by its own programs.
if command -v systemd-tmpfiles >/dev/null && command -v systemd-sysusers >/dev/null; then
    make_tree
    systemd-sysusers --root="$work/root" "$contrib/ecopt-sysusers.conf" || fail 'sysusers'
    gid=$(sed -n 's/^energy:[^:]*:\([0-9]*\):.*/\1/p' root/etc/group)
    [ -n "$gid" ] || fail 'no group was made'
    echo 'root:x:0:0::/:/bin/sh' >root/etc/passwd
    systemd-tmpfiles --root="$work/root" --create "$contrib/ecopt-tmpfiles.conf" || fail 'tmpfiles'
    check tmpfiles
fi

# One setting, and its risk is named.
[ "$(grep -v -e '^#' -e '^$' "$contrib/70-ecopt-perf.conf")" = 'kernel.perf_event_paranoid = 0' ] ||
    fail 'sysctl'
grep -q RISK "$contrib/70-ecopt-perf.conf" || fail 'the risk is not named'
