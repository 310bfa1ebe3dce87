# Ten watts on a made-up counter: the trace holds them, and plays them back.
root=$PWD/root zone=$PWD/root/sys/class/powercap/intel-rapl:0
mkdir -p "$zone" "$root/proc"
cp "$ECOPT_SYSTEM_ROOT/proc/stat" "$root/proc" 2>/dev/null
echo package-0 >"$zone/name"
echo 262143328850 >"$zone/max_energy_range_uj"
begin=${EPOCHREALTIME/./}
show() { printf '%018d\n' $((1000000 + (${EPOCHREALTIME/./} - begin) * 10)) 1<>"$zone/energy_uj"; }
show
export ECOPT_SYSTEM_ROOT=$root
(while [ -d "$zone" ]; do show; sleep 0.02; done) 2>/dev/null &
ecopt record -t 1.5s --interval 20ms -o t.csv --sources rapl-powercap 2>said; echo "exit $?, said $(wc -l <said)"
grep -c "J +- .* in 1.5[0-9]* s (measured-counter), recorded to 't.csv'; play it back with --sources replay:t.csv" said
ecopt record -q -t 2300ms --json --sources rapl-powercap >lines; echo "exit $?"
ecopt record -o h.csv --json --sources rapl-powercap 2>said | head -n 1 | grep -c power_w; grep -c 'recorded to' said
# What ends it early ends it well: of TERM as of Ctrl-C.
ecopt record -o c.csv 2>said & pid=$!
sleep 0.5; kill -TERM $pid; wait $pid; echo "exit $?"
rm -r "$zone"
ecopt measure --sources replay:t.csv --json -o a.json true
ecopt measure --sources replay:c.csv --json -o c.json true
python3 - <<'END'
import json
lines = [json.loads(line) for line in open('lines')]
print(len(lines), all(abs(l['power_w'] - 10) < 1.5 for l in lines[:2]), [round(l['t_s'], 1) for l in lines])
print(lines[0]['quality'], lines[0]['sources'][0]['name'], lines[0]['sources'][0]['is_counted'])
a = json.load(open('a.json'))
print(abs(a['energy_j'] - 15) < 1, a['quality'], a['flags'])
said = float(open('said').read().split()[0])
print(abs(json.load(open('c.json'))['energy_j'] - said) < 1e-3 * said)
END
ls
