# Workers that are killed are started again, and their trials run again; one that dies at once each time stays away.
# Where the program is broken, many workers end as soon as one would. A recording is of one worker.
exec 2>/dev/null # bash tells of killed jobs
cat >study.yaml <<'END'
study: s
seed: 1
sampler: random
command: {run: [sh, -c, 'until [ -e fast ]; do sleep 0.02; done; echo "[ecopt] {\"a\": {x}}"']}
params: {x: {type: float, min: 0, max: 1}}
metrics: {a: }
objectives: {a: max}
budget: {trials: 8}
retries: {lost: 100}
meter: {sources: none}
END
workers() {
    pgrep -P $run -f '^ecopt worker'
}
# Until there are so many workers; false after 10 s.
wait_for() {
    for ((i = 0; i < 200; i++)); do
        [ "$(workers | wc -l)" = "$1" ] && return
        sleep 0.05
    done
    return 1
}
ecopt run --jobs 3 >/dev/null 2>err &
run=$!
wait_for 2 || echo "no two workers"
# Both at once, and one of those that took their places.
kill -9 $(workers)
sleep 0.1
wait_for 2 || echo "not started again"
for k in 2 3 4; do
    pid=$(workers | tail -n 1)
    kill -9 "$pid"
    for ((i = 0; i < 200; i++)); do
        kill -0 "$pid" || break
        sleep 0.05
    done
    wait_for 2 || break
done
wait_for 1 && echo "one stays away"
touch fast
wait $run; echo "exit $?"
grep -c 'is started again; its trial is run again' err
grep -o 'was ended by signal 9, 4 times in a row.*' err
ecopt trials --format csv | cut -d, -f2 | sort | uniq -c | sed 's/^ *//'
ecopt verify; echo "verify $?"

sed -i 's/^command:.*/command: "false"/; s/^study: s/study: broken/' study.yaml
sed -i 's/^budget:.*/budget: {trials: 500, failures: 1, consecutive_failures: 10}/' study.yaml
ecopt run -q --jobs 4; echo "exit $?"
n=$(ecopt trials --format csv | grep -c failed)
[ "$n" -ge 10 ] && [ "$n" -le 40 ] && echo "few failed"

sed -i 's/^study:.*/study: record/; s/^command:.*/command: sleep 1/; s/^meter:.*/meter: {record: trace.csv}/' study.yaml
sed -i 's/objectives:.*/objectives: {time_s: min}/; /^metrics/d; s/^budget:.*/budget: {trials: 1}/' study.yaml
exec 2>stderr
ecopt run -q --jobs 2; echo "exit $?"
ecopt run -q 2>/dev/null &
run=$!
until [ -e record.ecopt/trials/0001 ]; do sleep 0.02; done
ecopt worker -q; echo "exit $?"
wait $run; echo "exit $?"
# Over, and so free for the next.
ecopt worker -q; echo "exit $?"
sed "s|'/.*/|'|" stderr
