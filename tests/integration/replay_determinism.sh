#!/bin/bash
# The same seed with the replay meter gives the same trial list, bit for bit: run twice, and run with an interruption.
#
# usage: replay_determinism.sh ECOPT
set -eu

ecopt=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

write_study() {
    mkdir -p "$1"
    cat >"$1/study.yaml" <<'EOF'
study: replayed
seed: 11
command:
  train: [sh, -c, 'sleep 0.1; echo "[ecopt] {\"loss\": {width}}"']
  evaluate: [sh, -c, 'echo "[ecopt] {\"accuracy\": 0.{kernel}{width}, \"samples\": 100}"']
params:
  width: {type: int, min: 10, max: 64, log: true}
  kernel: {type: choice, values: [1, 3, 5], ordered: true}
  lr: {type: float, min: 1e-4, max: 1e-1, log: true}
metrics: {accuracy: , samples: , loss: }
objectives: {accuracy: max, evaluate.j_per_sample: min, train.energy_j: min}
budget: {trials: 14, init: 5}
meter: {sources: "replay:trace.txt"}
EOF
    sed -i 's/, train.energy_j: min//' "$1/study.yaml"
    awk 'BEGIN {
        print "# ecopt-trace 1"
        uj = 1000000; t = 0
        for (w = 1; w <= 23; w++) {
            phase = w % 2 ? "train" : "evaluate"
            printf "begin,%.3f,%d,%s\n", t, w, phase
            for (s = 0; s <= 5; s++) {
                printf "sample,%.3f,rapl package-0,%d,262143328850\n", t, uj
                t += 0.1; uj += 400000 + 37000 * (w * 7 % 11) + 1000 * s
            }
            printf "sample,%.3f,rapl package-0,%d,262143328850\n", t, uj
            printf "end,%.3f,%d,%s\n", t, w, phase
        }
    }' >"$1/trace.txt"
}

# Everything of a trial that is not a time of day.
list_trials() {
    sqlite3 "$1/replayed.ecopt/study.db" "select t.id, t.origin, t.point, t.seed, t.state, m.name, m.value, m.u95
        from trial t join metric m on m.trial = t.id and m.attempt = t.attempts
        where m.name not like '%cpu_s' and m.name not like '%rss_b' order by 1, 6"
}

for name in first second broken; do
    write_study "$dir/$name"
done
(cd "$dir/first" && "$ecopt" run -q study.yaml >/dev/null)
(cd "$dir/second" && "$ecopt" run -q study.yaml >/dev/null)
(
    cd "$dir/broken"
    "$ecopt" run -q study.yaml >/dev/null 2>&1 &
    pid=$!
    # Until the model-based part has begun, then in the middle of a trial.
    until [ "$(sqlite3 replayed.ecopt/study.db 'select count(*) from trial' 2>/dev/null || echo 0)" -ge 7 ]; do
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.01
    done
    kill -TERM "$pid" 2>/dev/null || true
    status=0
    wait "$pid" || status=$?
    echo "replay_determinism: interrupted run ended with status $status"
    "$ecopt" run -q study.yaml >/dev/null
)

[ "$(list_trials "$dir/first" | wc -l)" -ge 100 ] || { echo "too few values" >&2; exit 1; }
[ "$(sqlite3 "$dir/first/replayed.ecopt/study.db" "select count(*) from trial where origin = 'mobo'")" -ge 5 ] ||
    { echo "no model-based trial" >&2; exit 1; }
for name in second broken; do
    # What a user can compare: the list and the front as they are printed.
    diff <("$ecopt" trials --format csv "$dir/first/study.yaml") <("$ecopt" trials --format csv "$dir/$name/study.yaml")
    # How often a trial was begun is what an interruption changes, and JSON says it.
    diff <("$ecopt" front --format json "$dir/first/study.yaml" | grep -v '"attempts"') \
        <("$ecopt" front --format json "$dir/$name/study.yaml" | grep -v '"attempts"')
done
diff <(list_trials "$dir/first") <(list_trials "$dir/second")
diff <(list_trials "$dir/first") <(list_trials "$dir/broken")
echo "replay_determinism: $(list_trials "$dir/first" | wc -l) values equal in three runs"
