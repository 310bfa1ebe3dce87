# kill -9: the program is gone too, and the study goes on.
exec 2>/dev/null # bash tells of killed jobs
cp "$CASES/../data/slow.yaml" study.yaml
ecopt -q run 2>/dev/null & run=$!
until [ -s pids ]; do sleep 0.02; done
kill -KILL $run
wait $run 2>/dev/null; echo $?
for i in 1 2 3 4 5 6 7 8 9; do
    kill -0 "$(cat pids)" 2>/dev/null || break
    sleep 0.2
done
kill -0 "$(cat pids)" 2>/dev/null || echo gone
touch fast
ecopt run -q; echo $?
ecopt trials --format csv | grep -c complete
