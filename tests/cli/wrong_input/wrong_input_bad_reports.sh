# Reports that are no reports: text for numbers, broken JSON, a list, a name that is none, far too
# much of it.
. "$CASES/../data/study.sh"
try() { # TEXT of a program that should report loss
    printf '#!/bin/sh\n%s\n' "$1" >reporter
    chmod +x reporter
    rm -rf t.ecopt
    ecopt run -q -n 1 --name t -P x=0\|1 -O loss=min -- ./reporter '{x}' 2>/dev/null
    echo "exit $?: $(ecopt trials t.ecopt --json | python3 -c 'import json, sys
print(json.load(sys.stdin)["trials"][0]["reason"])')"
}
try 'echo "[ecopt] {\"loss\": \"many\"}"'
try 'echo "[ecopt] {\"loss\": 1"'
try 'echo "[ecopt] [1, 2]"'
try 'echo "[ecopt]"'
try 'echo "[ecopt] {\"loss\": 1}" >&2'
try 'echo "{\"loss\": [1]}" >"$ECOPT_RESULT"'
try 'echo "not json" >"$ECOPT_RESULT"'
try 'echo "{\"loss\": 2}" >"$ECOPT_RESULT"'
try 'rm -f "$ECOPT_RESULT"; mkdir "$ECOPT_RESULT"'
try 'ecopt log loss=3'
try 'ecopt log "l o=3"'
try 'ecopt log loss=4 && ecopt log loss=5'
