cp "$CASES/../data/quick.yaml" study.yaml
ecopt run -q
for verb in status trials front 'show 1'; do
    ecopt $verb >a || echo "$verb: $?"
    ecopt $verb --json >b.json && python3 -m json.tool b.json >/dev/null || echo "$verb: no JSON"
    ecopt $verb --format json -o c && cmp b.json c
    [ -s a ] && echo "$verb"
done
for verb in trials front; do
    ecopt $verb --format csv | python3 -c 'import csv, sys; r = list(csv.reader(sys.stdin)); print(len(r) > 1, len({len(x) for x in r}))'
done
ecopt show 1 --format csv; echo $?
