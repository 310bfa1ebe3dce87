# Advice is a note on stderr: not an error, not with -q, not for one objective or with thresholds.
study() {
    printf 'study: s\ncommand: ./x {lr} {n}\nparams: {lr: {type: float, min: 0, max: 1}, n: [1, 2, 3]}\n'
    printf 'metrics: {a: {}}\nconstraints: [lr * n <= 2, run.time_s <= 60]\n%s\n' "$1"
}
study 'objectives: {a: max, energy_j: {goal: min, threshold: 3}}' >one.yaml
study 'objectives: {a: max, energy_j: min}
budget: {init: 7}' >both.yaml
study 'objectives: {a: max}' >single.yaml
study 'objectives: {a: {goal: max, threshold: 0.1}, energy_j: {goal: min, threshold: 3}}' >all.yaml
for file in one both single all; do
    echo "$file" >&2
    ecopt check -n 0 $file.yaml >$file.out; echo $?
done
ecopt -q check -n 0 both.yaml >both.out
# Both kinds of constraints, and what becomes of a trial that breaks one.
sed -n '/^constraints/,/^$/p' both.out
