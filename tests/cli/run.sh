#!/bin/bash
# Runs recorded sessions: every CASE.sh of the folders named, and compares what it wrote.
#
# usage: tests/cli/run.sh FOLDER...    with ecopt in $ECOPT_BIN (the folder of the program)
#
# Beside CASE.sh: CASE.stdout and CASE.stderr (nothing there: must be empty) and CASE.exit (nothing
# there: 0).  Each line of an expectation is a shell pattern; a line of three dots stands for any
# lines.  A case runs in a folder of its own, with $CASES naming where it stands, a machine
# without counters ($ECOPT_SYSTEM_ROOT) and no terminal; exit status 77 skips it.  ECOPT_UPDATE_SNAPSHOTS=1 writes what came
# out as the new expectation where it does not match; look at the diff before committing it.
set -u
work=$(mktemp -d)
trap 'chmod -R u+w "$work" 2>/dev/null; rm -rf "$work"' EXIT
update=${ECOPT_UPDATE_SNAPSHOTS:-0}
failed=0
count=0

# matches EXPECTED ACTUAL: line patterns against lines, `...` skips.
matches() {
    local -a want=() have=()
    mapfile -t want <"$1"
    mapfile -t have <"$2"
    local i=0 j=0 skip=0
    while ((i < ${#want[@]})); do
        if [[ ${want[i]} == ... ]]; then
            skip=1
            ((i++))
            continue
        fi
        # A pattern that stands for itself needs no escapes for its brackets.
        while ((j < ${#have[@]} && skip)) && ! line_matches "${want[i]}" "${have[j]}"; do
            ((j++))
        done
        ((j < ${#have[@]})) && line_matches "${want[i]}" "${have[j]}" || return 1
        skip=0
        ((i++))
        ((j++))
    done
    ((skip || j == ${#have[@]}))
}

line_matches() {
    # shellcheck disable=SC2053 # the left side is a pattern on purpose
    [[ $2 == "$1" || $2 == $1 ]]
}

# check CASE STREAM ACTUAL: compares, or accepts when asked to.
check() {
    local expected=$1.$2 actual=$3
    [[ -e $expected ]] || expected=/dev/null
    matches "$expected" "$actual" && return 0
    if [[ $update == 1 ]]; then
        if [[ -s $actual ]]; then cp "$actual" "$1.$2"; else rm -f "$1.$2"; fi
        echo "updated: $1.$2"
        return 0
    fi
    echo "--- $1: $2 differs (expected, then what came)"
    diff -u "$expected" "$actual" | tail -n +3
    return 1
}

# run_case FILE: its folder, streams and exit status.
run_case() {
    local case=${1%.sh} dir status expected=0 good=0
    dir=$work/$(basename "$case")
    mkdir -p "$dir/here" "$dir/root" "$dir/home" "$dir/tmp"
    (
        cd "$dir/here" || exit 99
        CASES=$(dirname "$case") PATH=$ECOPT_BIN:$PATH LC_ALL=C TERM=dumb HOME=$dir/home \
            TMPDIR=$dir/tmp ECOPT_SYSTEM_ROOT=$dir/root ECOPT_NVML_PATH=$dir/root/none.so \
            bash "$1" </dev/null >"$dir/stdout" 2>"$dir/stderr.raw"
    )
    status=$?
    if ((status == 77)); then
        echo "skipped: $case needs what this machine does not allow"
        return 0
    fi
    # Folders of this run are named the same in every run.
    sed "s,$dir,DIR,g" "$dir/stderr.raw" >"$dir/stderr"
    sed -i "s,$dir,DIR,g" "$dir/stdout"
    check "$case" stdout "$dir/stdout" || good=1
    check "$case" stderr "$dir/stderr" || good=1
    [[ -e $case.exit ]] && read -r expected <"$case.exit"
    if ((status != expected)); then
        if [[ $update == 1 ]]; then
            if ((status)); then echo "$status" >"$case.exit"; else rm "$case.exit"; fi
        else
            echo "--- $case: exit status $status, expected $expected"
            good=1
        fi
    fi
    if [[ -n $(ls -A "$dir/tmp") ]]; then
        echo "--- $case: left in TMPDIR: $(ls -A "$dir/tmp")"
        good=1
    fi
    return $good
}

ECOPT_BIN=$(realpath -e -- "${ECOPT_BIN:-.}") || exit 2
[[ -x ${ECOPT_BIN:-}/ecopt ]] || { echo "run.sh: no program '${ECOPT_BIN:-}/ecopt'" >&2; exit 2; }
unset ECOPT_LOG NO_COLOR
for folder in "$@"; do
    for file in "$(cd "$folder" && pwd)"/*.sh; do
        ((count++))
        run_case "$file" || { failed=$((failed + 1)); echo "FAILED: $file"; }
    done
done
echo "$count sessions, $failed failed"
((failed == 0 && count > 0))
