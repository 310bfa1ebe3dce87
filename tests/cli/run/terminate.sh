cp "$CASES/../data/slow.yaml" study.yaml
ecopt -q run 2>/dev/null & run=$!
until [ -s pids ]; do sleep 0.02; done
kill -TERM $run
wait $run; echo $?
kill -0 "$(cat pids)" 2>/dev/null || echo gone
