cp "$CASES/../data/slow.yaml" study.yaml
ecopt -q run 2>/dev/null & run=$!
until [ -s pids ]; do sleep 0.02; done
# A changed text is for one that has the study for itself.
sed 's/trials: 3/trials: 4/' study.yaml >changed.yaml
ecopt run changed.yaml 2>&1 | head -n 1; echo ${PIPESTATUS[0]}
ecopt ask changed.yaml 2>/dev/null; echo $?
ecopt status >/dev/null; echo $?
kill -TERM $run; wait $run
sed -i 's/sampler: sobol/sampler: random/; s/loss: min/loss: max/' study.yaml
ecopt run 2>messages; status=$?
cut -c 1-6 messages | head -n 1
exit $status
