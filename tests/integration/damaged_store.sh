#!/bin/bash
# Stores that cannot be used: truncated, overwritten, of a newer version, somebody else's.  Every verb says so, and the
# file stays byte for byte as it was.  A folder that may only be read can be read.
#
# usage: damaged_store.sh ECOPT
set -eu

ecopt=$1
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
cd "$dir"

cat >study.yaml <<'YAML'
study: d
seed: 5
sampler: sobol
command: {run: ['sh', '-c', 'echo a={x} b={k}']}
params: {x: {type: float, min: 0, max: 1}, k: {type: int, min: 1, max: 1000}}
metrics: {a: {regex: 'a=([0-9.e-]+)'}, b: {regex: 'b=([0-9]+)'}}
objectives: {a: max, b: min}
budget: {trials: 12, init: 2}
meter: {sources: model}
YAML
"$ecopt" run -q study.yaml >out 2>err
cp -r d.ecopt whole

fail() {
    echo "damaged_store: $name: $*" >&2
    sed 's/^/  /' err >&2
    exit 1
}

bytes() {
    sha256sum <d.ecopt/study.db
}

# Each verb: status and a message that names the store; nothing is written.
refuse() { # NAME STATUS PATTERN
    name=$1
    before=$(bytes)
    for verb in "run -q" status trials front "report -o page.html" "show 1" ask; do
        status=0
        # shellcheck disable=SC2086
        "$ecopt" $verb >out 2>err </dev/null || status=$?
        [ $status = "$2" ] || fail "$verb: status $status instead of $2"
        grep -q "^error: .*study\.db'.*$3" err || fail "$verb: the message does not match '$3'"
        [ "$(bytes)" = "$before" ] || fail "$verb: the store was written to"
    done
    [ ! -e page.html ] || fail "a report was written"
    echo "damaged_store: $name: refused"
}

with() { # puts the whole store back
    rm -rf d.ecopt
    cp -r whole d.ecopt
}

with
head -c 100000 /dev/urandom >d.ecopt/study.db
refuse garbage 1 'not a database'

with
truncate -s 2000 d.ecopt/study.db
refuse 'half a page' 1 ''

with
size=$(stat -c %s d.ecopt/study.db)
truncate -s $((size / 4096 / 2 * 4096)) d.ecopt/study.db
name='half the pages' before=$(bytes)
status=0
"$ecopt" run -q study.yaml >out 2>err || status=$?
[ $status = 1 ] || fail "status $status"
grep -q "^error: .*study\.db'.*\(malformed\|damaged\)" err || fail "the message does not say that it is damaged"
[ "$(bytes)" = "$before" ] || fail "the store was written to"
echo "damaged_store: $name: refused"

with
sqlite3 d.ecopt/study.db 'pragma user_version = 99'
refuse 'newer version' 7 'schema version 99'

with
rm d.ecopt/study.db
sqlite3 d.ecopt/study.db 'create table bill (amount); insert into bill values (3)'
refuse 'another program' 1 'not an ECOpt store'

# As nobody, for root may write everywhere.
with
chmod -R a-w d.ecopt
reader=()
[ "$(id -u)" != 0 ] || reader=(setpriv --reuid=65534 --regid=65534 --clear-groups)
chmod a+rx . d.ecopt
name='read-only folder'
for verb in status trials front "show 1"; do
    # shellcheck disable=SC2086
    "${reader[@]}" "$ecopt" $verb study.yaml >out 2>err || {
        [ "$verb" = "show 1" ] && "${reader[@]}" "$ecopt" show 1 >out 2>err
    } || fail "$verb does not read it"
    [ -s out ] || fail "$verb printed nothing"
done
status=0
"${reader[@]}" "$ecopt" run -q study.yaml >out 2>err || status=$?
[ $status = 1 ] || fail "run: status $status instead of 1"
grep -q "^error: .*d\.ecopt.*[Pp]ermission" err || fail "run does not say that it may not write"
echo "damaged_store: $name: read"
