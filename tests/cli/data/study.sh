# For sessions that break a study and mend it: `.` this file, then
#   begin         two good trials of program.yaml
#   wrong TEXT    the program becomes TEXT, and a third trial runs it; prints exit status and reason
#   mend          the program is good again; the study must run to its end with nothing lost
good='echo loss=$1 done; echo "{\"cost\": $((20 - $1))}" >"$ECOPT_TRIAL_DIR/out.json"'

program() {
    printf '#!/bin/sh\n%s\n' "$1" >program.new
    chmod +x program.new
    mv program.new program
}

begin() {
    cp "$CASES/../data/program.yaml" study.yaml
    program "$good"
    ecopt run -q -n 2 || echo "begin: $?"
}

reasons() { # STATE... : of the trials after the good ones
    ecopt trials --json | python3 -c '
import json, sys
for trial in json.load(sys.stdin)["trials"][2:]:
    print(trial["trial"], trial["state"] + ":", trial["reason"])'
}

wrong() {
    program "$1"
    ecopt run -q -n 3
    echo "exit $?"
    reasons
}

mend() {
    program "$good"
    ecopt run -q
    echo "mended: exit $?"
    ecopt status | sed -n 2p
    ecopt trials --format csv | head -n 3 | cut -d , -f 1-2
}
