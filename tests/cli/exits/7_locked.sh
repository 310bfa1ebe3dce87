cp "$CASES/../data/slow.yaml" study.yaml
ecopt -q run 2>/dev/null & run=$!
until [ -s pids ]; do sleep 0.02; done
ecopt run 2>&1 | head -n 1; echo ${PIPESTATUS[0]}
ecopt ask 2>/dev/null; echo $?
ecopt status >/dev/null; echo $?
kill -TERM $run; wait $run
sed -i 's/max: 20/max: 30/' study.yaml
ecopt run 2>messages; status=$?
cut -c 1-6 messages | head -n 1
exit $status
