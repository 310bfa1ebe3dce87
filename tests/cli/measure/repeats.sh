# Repeats to a target, within a time, after an automatic warm-up; the idle machine on both sides.
ecopt measure -q --target 90% --json -o a.json -- true
ecopt measure -q --target 0.001% --max-repeats 4 -o b -- sh -c 'exit 0'; head -1 b
ecopt measure -q --max-time 1ms -o c -- true; head -1 c
ecopt measure -q -w auto --idle 1s --json -o d.json -- true
python3 - <<'END'
import json
a, d = json.load(open('a.json')), json.load(open('d.json'))
print(a['runs'] >= 8, a['energy_u95_j'] / a['energy_j'] <= 0.9, a['u_a_j'] > 0, a['cv_ratio'] > 0, a['left_out'])
print(5 <= d['warmup'] <= 20, d['runs'], d['idle_windows'], d['idle_before_w'] > 0, d['idle_after_w'] > 0)
parts = d['attribution']['above-idle']
print(abs(parts['energy_j'] + parts['idle_j'] + parts['others_j'] - d['energy_j']) < 1e-9, sorted(d['attribution']))
END
ecopt measure --sources none --idle 50ms -o e -- true 2>/dev/null; grep above e
ecopt measure --target 2 true; echo $?
ecopt measure -w some true; echo $?
