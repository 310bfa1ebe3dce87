#!/bin/sh
# Compresses a file and says how well it went: a trial program in a few lines of POSIX shell.
#
# usage: compress.sh pack TOOL LEVEL FILE PACKED      writes PACKED, reports the ratio
#        compress.sh unpack TOOL PACKED               reads it back, to nowhere
#
# FILE may be gzip-compressed; what counts is its content.  Parameters come as arguments, metrics go
# back as one tagged line on stdout:  [ecopt] {"ratio": 3.2}
# Exit status: 0 done; 1 something failed; 2 wrong command line; $ECOPT_EXIT_INFEASIBLE (or 1) when
# this machine does not have the tool, so that the sampler learns to leave it alone.
set -eu

fail() { # STATUS TEXT
    echo "compress.sh: $2" >&2
    exit "$1"
}

usage='usage: compress.sh pack TOOL LEVEL FILE PACKED | unpack TOOL PACKED'
[ $# -ge 2 ] || fail 2 "$usage"
verb=$1
tool=$2

case $tool in
gzip | bzip2 | xz) ;;
*) fail 2 "'$tool' is none of gzip, bzip2, xz" ;;
esac
command -v "$tool" >/dev/null || fail "${ECOPT_EXIT_INFEASIBLE:-1}" "'$tool' is not installed"

# The content of a file that may be gzip-compressed.
content() {
    case $1 in
    *.gz) gzip -dc "$1" ;;
    *) cat "$1" ;;
    esac
}

pack() { # LEVEL FILE PACKED
    case $1 in
    [1-9]) ;;
    *) fail 2 "level '$1' is none of 1 to 9" ;;
    esac
    [ -r "$2" ] || fail 1 "cannot read '$2'"
    # Through a file: without pipefail, the shell would miss a failure on the left of a pipe.
    raw=$3.raw
    trap 'rm -f "$raw"' EXIT
    content "$2" >"$raw" || fail 1 "cannot unpack '$2'"
    before=$(wc -c <"$raw")
    [ "$before" -gt 0 ] || fail 1 "'$2' is empty"
    "$tool" "-$1" -c "$raw" >"$3" || fail 1 "$tool failed"
    after=$(wc -c <"$3")
    ratio=$(awk -v a="$before" -v b="$after" 'BEGIN { printf "%.4f", a / b }')
    echo "[ecopt] {\"ratio\": $ratio, \"bytes\": $((after))}"
}

case $verb in
pack)
    [ $# -eq 5 ] || fail 2 "$usage"
    pack "$3" "$4" "$5"
    ;;
unpack)
    [ $# -eq 3 ] || fail 2 "$usage"
    "$tool" -dc "$3" >/dev/null || fail 1 "cannot unpack '$3'"
    ;;
*) fail 2 "$usage" ;;
esac
