# A recorded comparison says the same again, whatever the programs take now; labels are never mixed.
ecopt compare -r 4 --record trace --json -o a.json true 'sh -c "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done"' &&
    ecopt compare -r 4 --sources replay:trace --json -o b.json true 'true b'
python3 - <<'END'
import json
a, b = json.load(open('a.json')), json.load(open('b.json'))
close = lambda x, y: abs(x - y) < 1e-6 * abs(x)
print(close(a['energy']['ratio'], b['energy']['ratio']), close(a['energy']['ratio_hi'], b['energy']['ratio_hi']))
print('replay' in b['energy']['flags'])
END
