# In two parts the same trials as in one.
cp "$CASES/../data/quick.yaml" study.yaml
ecopt run -q -n 2; echo $?
ecopt trials --format csv | wc -l
ecopt run -q; echo $?
ecopt trials --json >parts.json
rm -r quick.ecopt
ecopt run -q
ecopt trials --json >whole.json
python3 - <<'END'
import json
def points(name):
    trials = json.load(open(name))
    return [(t['trial'], t['state'], t['params']) for t in trials['trials']]
print(len(points('parts.json')), points('parts.json') == points('whole.json'))
END
