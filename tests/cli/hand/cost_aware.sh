# What cost_aware is for: the same program, joules told by hand, tuned with and without it.  s makes
# a trial cost up to 1000 J and does next to nothing for what is wanted.
tune() { # NAME COST_AWARE: prints the joules spent and the hypervolume
    cat >"$1.yaml" <<EOF
study: $1
sampler: {name: mobo, cost_aware: $2}
command: by-hand {x} {s}
params: {x: {type: float, min: 0, max: 1}, s: {type: float, min: 0, max: 1}}
metrics: {a: , b: }
objectives: {a: {goal: min, threshold: 1.2}, b: {goal: min, threshold: 1.2}}
EOF
    for _ in $(seq 18); do
        # shellcheck disable=SC2046 # three words on purpose
        ecopt tell -f "$1.yaml" $(ecopt ask "$1.yaml" | awk '{
            split($2, x, "="); split($3, s, "="); g = 1 + 0.1 * (s[2] - 0.5) ^ 2
            printf "%d a=%.6f b=%.6f energy_j=%.6f", $1, x[2], g - sqrt(g * x[2]), 1000 ^ s[2] }')
    done
    ecopt trials --format csv "$1.yaml" | awk -F, '
        NR == 1 { for (i = 1; i <= NF; i++) if ($i == "param.s") column = i }
        NR > 1 { spent += 1000 ^ $column } END { printf "%.6f ", spent }'
    ecopt status --json "$1.yaml" | sed -n 's/.*"hypervolume": \([0-9.]*\).*/\1/p'
}
plain=$(tune plain false)
aware=$(tune aware true)
echo "$plain $aware" >both
awk '{ if ($3 > 0 && $3 < 0.5 * $1) print "half the joules or less"; else print "plain", $0
       if ($4 > 0.97 * $2) print "of the hypervolume at least 97 %"; else print "hypervolume", $0 }' both
