# Sourced by the tests of one run in the background: $ecopt, a folder of its own, $run (the run's process, empty when
# none), fail, study, begin_run, ends.  The run's messages are in run.err.
# shellcheck shell=bash
set -eu

ecopt=$1
dir=$(mktemp -d)
run=
trap '[ -z "$run" ] || kill -KILL "$run" 2>/dev/null || true; rm -rf "$dir"' EXIT
cd "$dir"

touch run.err err

fail() { # WHAT...
    echo "$(basename "$0" .sh): $*" >&2
    sed 's/^/  /' run.err err >&2
    exit 1
}

study() { # TRIALS, the command's run as YAML: study.yaml
    cat >study.yaml <<YAML
study: t
seed: 5
sampler: sobol
command: {run: $2}
params: {x: {type: float, min: 0, max: 1}, k: {type: int, min: 1, max: 1000}}
metrics: {a: {regex: 'a=([0-9.e-]+)'}, b: {regex: 'b=([0-9]+)'}}
objectives: {a: max, b: min}
budget: {trials: $1, init: 2}
meter: {sources: model}
YAML
}

# A shell without job control ignores INT for what it starts in the background.
begin_run() { # [WRAPPER...]
    env --default-signal=INT,TERM,HUP "$@" "$ecopt" run study.yaml >out 2>run.err &
    run=$!
}

ends() { # STATUS: the run leaves with it
    local status=0
    wait "$run" || status=$?
    run=
    [ $status = "$1" ] || fail "status $status instead of $1"
}

row() { sqlite3 t.ecopt/study.db "$1"; }
