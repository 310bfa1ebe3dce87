# What programs can do wrong: each trial says what, the study goes on.
try() {
    {
        echo 'study: s'
        echo 'sampler: sobol'
        echo "command: $1"
        echo 'params: {x: {type: int, min: 0, max: 9}}'
        echo "metrics: {loss: {${2:-}}}"
        echo 'objectives: {loss: min}'
        echo 'budget: {trials: 1}'
    } >study.yaml
    rm -rf s.ecopt
    ecopt run -q 2>/dev/null
    echo "exit $?: $(ecopt trials --format csv | sed -n '2s/,false,sobol,false,/: /; 2s/.*,true,sobol,false,$/,1,on the front/; 2s/.*,[0-9],//p')"
}
try ./nowhere
try 'sh -c "exit 3"'
try 'sh -c "echo out of memory >&2; exit 1"'
try 'sh -c "exit 99"'
try 'sh -c "kill -SEGV $$"'
try 'true'
echo 'echo "[ecopt] {\"loss\": NaN}"' >nan.sh
try 'sh nan.sh'
try 'echo nothing here' "regex: 'loss=(.*)'"
try 'echo loss=many' "regex: 'loss=(.*)'"
try 'cat nowhere' 'json: out.json, pointer: /loss'
# A gigabyte of output, the number at its end.
echo 'yes $(printf %0999d 0) | head -c 1000000000; echo loss=1' >loud.sh
try 'sh loud.sh' "regex: 'loss=([0-9])'"
du -s --apparent-size --block-size=1M s.ecopt | cut -f 1
try '{run: {run: sleep 9, timeout: 100ms}}'
