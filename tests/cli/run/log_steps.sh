# A shell script that reports its steps by 'ecopt log' is ended while it runs, like one that prints them.
cat > train.sh <<'IN'
i=1
while [ $i -le 20 ]; do
  ecopt log --step $i a="$(awk -v top="$1" -v i=$i 'BEGIN { printf "%.4f", top * (1 - 0.8 * exp(-i / 5)) }')"
  # Only the hopeless one takes longer than its verdict.
  [ "$1" != 10 ] || sleep 0.4
  i=$((i + 1))
done
touch end.$1
ecopt log loss=$((200 - $1))
IN
cp "$CASES/../data/pruned.yaml" study.yaml
for top in 90 80 70 60 50 10; do ecopt enqueue top=$top; done >/dev/null 2>&1
ecopt run -q -n 6 2>/dev/null
ecopt trials --format csv | cut -d , -f 2 | sort | uniq -c | sed 's/^ *//'
ls end.*
ecopt show 6 | sed -n '1s/step [0-9]*/step N/p; 1q' | sed 's/probability [0-9.]*/probability P/'
ecopt show 6 | grep 'a.expected' | cut -d ' ' -f 1
ecopt show 6 | grep -q '^  loss' || echo no loss
