cp "$CASES/../data/slow.yaml" study.yaml
set -m
ecopt run 2>messages & run=$!
set +m
until [ -s pids ]; do sleep 0.02; done
kill -INT $run
wait $run; echo $?
kill -0 "$(cat pids)" 2>/dev/null || echo gone
grep -c '^stopping' messages
touch fast
ecopt run -q; echo $?
ecopt trials --format csv | grep -c complete
