ecopt measure --json -r 2 -o out.json --unit 'lines=made ([0-9]+)' --country wld --idle 20ms -- \
    sh -c 'echo made 12' "$(printf 'not utf-8: \377, control: \001')"
python3 - <<'END'
import json
m = json.load(open('out.json'))
print(m['runs'], m['quality'], m['units'], len(m['each']), m['exit_status'])
print(m['energy_j'] > 0, m['energy_u95_j'] > 0, m['idle_w'] > 0, m['carbon_g'] > 0)
END
