#!/bin/bash
# scripts/setup on machines that are not this one: apt-get, dpkg-query, id and sudo are stand-ins.
set -eu
setup=$(cd "$(dirname "$0")/../../scripts" && pwd)/setup
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/base"
for tool in bash env sed grep head mktemp rm cat; do
    ln -s "$(command -v $tool)" "$work/base/$tool"
done

machine() { # a machine where every package is there, apt-get works and the user is root
    rm -rf "${work:?}/bin" "$work/calls"
    mkdir "$work/bin"
    : >"$work/calls"
    stand_in dpkg-query 'case "$*" in *" ${ABSENT:-none}") exit 1 ;; esac; printf installed'
    stand_in apt-get 'echo "apt-get $*" >>"$CALLS"'
    stand_in id 'echo 0'
}
stand_in() { # NAME BODY
    printf '#!/bin/bash\n%s\n' "$2" >"$work/bin/$1"
    chmod +x "$work/bin/$1"
}
run() { # EXPECTED-STATUS [ARG...]
    local expected=$1 status=0
    shift
    PATH=$work/bin:$work/base CALLS=$work/calls ABSENT=${ABSENT:-} "$setup" "$@" >"$work/out" 2>&1 </dev/null || status=$?
    [ $status -eq "$expected" ] || { echo "case $n: exit $status, expected $expected"; cat "$work/out"; exit 1; }
}
says() {
    grep -q -e "$1" "$work/out" || { echo "case $n: does not say '$1':"; cat "$work/out"; exit 1; }
}
called() {
    grep -q -e "$1" "$work/calls" || { echo "case $n: did not call '$1':"; cat "$work/calls"; exit 1; }
}

n='nothing is missing: no apt-get, no rights needed'
machine; stand_in apt-get 'echo called >>"$CALLS"; exit 1'; stand_in id 'echo 1000'
run 0; says 'packages are there'; [ ! -s "$work/calls" ]

n='one is missing: that one and no other is installed'
machine; ABSENT=scdoc run 0; says 'installing 1 of'; called 'install -y --no-install-recommends scdoc$'

n='test packages are asked for only with --tests'
machine; ABSENT=libcmocka-dev run 0; [ ! -s "$work/calls" ]
machine; ABSENT=libcmocka-dev run 0 --tests; called 'install .* libcmocka-dev$'

n='a user with sudo'
machine; stand_in id 'echo 1000'; stand_in sudo 'echo "sudo $*" >>"$CALLS"; "$@"'
ABSENT=scdoc run 0; called '^sudo env DEBIAN_FRONTEND=noninteractive apt-get'; called '^apt-get .*install'

n='a user without sudo'
machine; stand_in id 'echo 1000'; ABSENT=scdoc run 1
says 'neither root nor is there sudo'; says 'apt-get install --no-install-recommends scdoc'

n='offline'
machine; stand_in apt-get 'echo "E: Failed to fetch x"; exit 100'
ABSENT=scdoc run 1; says 'E: Failed to fetch'; says 'Missing: scdoc'; says 'Remedy:'

n='the index cannot be refreshed, but the install works'
machine; stand_in apt-get 'case "$*" in *update*) exit 100 ;; esac'
ABSENT=scdoc run 0; says 'could not refresh'

n='not Debian'
machine; rm "$work/bin/apt-get"; run 1; says 'no apt-get'; says 'libnlopt-dev'

n='wrong argument'
machine; run 2 --nonsense; says "'--nonsense'"

echo 'setup: 9 machines, each as it should be'
