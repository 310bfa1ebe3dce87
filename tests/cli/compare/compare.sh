# Two programs that differ by much are told apart; their streams are not ours.
ecopt compare -r 6 'sh -c "i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done; echo a"' 'sh -c "exec cat"' <"$CASES/compare.sh" 2>said >out
echo $?; cat said
head -1 out; sed -nE 's/^ b (uses|takes) .* and (takes|is) .*/told apart/p' out
grep -c 'modelled-generic' out
# The order depends on the seed alone.
ecopt compare --json -r 4 --seed 5 true false.sh 2>/dev/null; echo $?
ecopt compare --json -r 4 --seed 5 -o a.json true 'true x'; ecopt compare --json -r 4 --seed 5 -o b.json true 'true x'
python3 - <<'END'
import json
a, b = json.load(open('a.json')), json.load(open('b.json'))
order = lambda m: [e['first'] for e in m['a']['each']]
print(order(a) == order(b), len(order(a)), sorted(order(a)))
print(all(x['first'] != y['first'] for x, y in zip(a['a']['each'], a['b']['each'])))
print(a['energy']['quality'], a['energy']['pairs'], a['energy']['ratio_lo'] < a['energy']['ratio'] < a['energy']['ratio_hi'])
print(a['energy']['resolved'] == (not a['energy']['ratio_lo'] <= 1 <= a['energy']['ratio_hi']))
END
