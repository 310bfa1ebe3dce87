# What programs can do wrong: each trial says what, the study goes on.
try() {
    printf 'study: s\nsampler: sobol\ncommand: %s\nparams: {x: {type: int, min: 0, max: 9}}\n' "$1" >study.yaml
    printf 'objectives: {loss: min}\nbudget: {trials: 1}\n' >>study.yaml
    [ -z "${2:-}" ] || echo "$2" >>study.yaml
    rm -rf s.ecopt
    ecopt run -q 2>/dev/null
    echo "exit $?: $(ecopt trials --format csv | tail -n 1 | grep -o 'phase.*\|no value.*\|metric.*')"
}
try ./nowhere
try 'sh -c "exit 3"'
try 'sh -c "echo out of memory >&2; exit 1"'
try 'sh -c "exit 99"'
try 'sh -c "kill -SEGV $$"'
try 'true'
try "sh -c 'echo \"[ecopt] {\\\"loss\\\": NaN}\"'"
try "sh -c 'echo nothing here'" "metrics: {loss: {regex: 'loss=(.*)'}}"
try "sh -c 'yes loss=1 | head -c 1000000000'" "metrics: {loss: {regex: 'loss=(.*)'}}"
try '{run: {run: sleep 9, timeout: 100ms}}'
