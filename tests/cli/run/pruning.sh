# Values by step: kept as a curve, a hopeless trial is ended early, and its decision is shown with its numbers.
cat > train.sh <<'END'
# a climbs to $1 in 20 steps; loss is its complement and told at the end
i=1
while [ $i -le 20 ]; do
  awk -v top="$1" -v i=$i 'BEGIN { printf "[ecopt] {\"step\": %d, \"a\": %.4f}\n", i, top * (1 - 0.8 * exp(-i / 5)) }'
  if [ "$1" = 10 ]; then sleep 0.1; fi
  i=$((i + 1))
done
awk -v top="$1" 'BEGIN { printf "[ecopt] {\"loss\": %.4f}\n", 200 - top }'
END
cp "$CASES/../data/pruned.yaml" study.yaml
ecopt check study.yaml 2>&1 | tail -2
for top in 90 80 70 60 50 10; do ecopt enqueue top=$top; done >/dev/null
ecopt run -q -n 6
ecopt trials --format csv | cut -d , -f 2 | sort | uniq -c | sed 's/^ *//'
ecopt show 6 | sed -n '1s/step [0-9]*/step N/p; 1q' | sed 's/probability [0-9.]*/probability P/'
ecopt show 6 | grep -c '^  prune: prune at step'
ecopt show 6 | grep 'a.expected' | cut -d ' ' -f 1
ecopt show 1 | sed -n '/^by step/,/^$/p'
ecopt show 1 --json | tr -d ' \n' | grep -o '"curves":{"a":\[\[1,[0-9.]*\],\[2,[0-9.]*\]'
ecopt status | sed -n '/trials /p'

# Mistakes in the section are named.
bad() { sed "s/^pruning: .*/pruning: $1/" study.yaml > bad.yaml; ecopt check bad.yaml; echo $?; }
bad 'halving'
bad '{rule: curve, confidence: 40%}'
bad '{metric: speed, steps: 0}'
bad '{rule: asha, reduction: 1, confidence: 0.9, warmup: {trials: 1}}'
bad '{steps: 5, warmup: {steps: 6}}'
