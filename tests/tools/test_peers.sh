#!/bin/bash
# bench/peers/join, and what it stands on: no peers, no network, only Python's standard library.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
peers=$(cd "$here/../../bench/peers" && pwd)
stored=$here/data/peers
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PYTHONDONTWRITEBYTECODE=1

fail() { echo "case $n: $1"; cat "$work/out"; exit 1; }
join() { # EXPECTED-STATUS [ARG...]
    local expected=$1 status=0
    shift
    "$peers/join" --marks 2,4 "$@" >"$work/out" 2>&1 || status=$?
    [ $status -eq "$expected" ] || fail "exit $status, expected $expected"
}
says() { grep -qF -e "$1" "$work/out" || fail "does not say '$1'"; }
spoil() { # SED-PROGRAM: a copy of the stored runs with one of them changed
    rm -rf "$work/runs"
    cp -r "$stored" "$work/runs"
    sed -i "$1" "$work/runs/Toy/theirs-1.jsonl"
}

n='the table: ours first, means over the seeds, costs and their ratio'
join 0 "$stored" --csv "$work/table.csv"
says '**Toy**'
says '| method | n=2 | n=4 | ours, those seeds | CPU s per suggestion | times ours | peak MB |'
# Ours: 4 + 6 less an overlap of 2, then 4 + 7 - 2; theirs: (4, 4), then (3, 3): (0, 0) is infeasible.
says '| ecopt-mobo | 8.0000 (1) | 9.0000 (1) | - / - | - / 0.02 | - / - | 7 |'
says '| theirs | 1.0000 (1) | 4.0000 (1) | 8.0000 / 9.0000 | - / 3 | - / 150 | 500 |'
says 'Versions: theirs 1.0'
[ "$(grep -c '^Toy,' "$work/table.csv")" -eq 2 ] || fail 'the CSV has not two rows'
grep -q '^problem,method,seeds_2,hv_mean_2,hv_sd_2,ours_hv_mean_2,cpu_s_2,cpu_ratio_2,seeds_4,' "$work/table.csv" || fail 'columns'

n='a stopped run counts as far as it goes'
spoil '4,$d'
join 0 "$work/runs"; says '| theirs | 1.0000 (1) | - | 8.0000 / - | - / - | - / - | - |'

n='a line that was cut off while it was written is left out'
spoil '5,$d'
printf '{"kind": "tri' >>"$work/runs/Toy/theirs-1.jsonl"
join 0 "$work/runs"; says '| theirs | 1.0000 (1) |'

n='stored rows of another day are marked'
printf 'problem,method,seed,n,hypervolume,suggest_cpu_s,peak_rss_mb\nToy,ax,0,2,1.5,4,300\nToy,ax,1,2,2.5,,300\n' >"$work/old.csv"
join 0 "$stored" --baselines "$work/old.csv"
says '| ax (stored) | 2.0000 ± 0.7071 (2) | - | - / - | 4 / - | - / - | 300 |'

n='malformed runs are rejected with file and line'
spoil '2s/.*/{/'; join 1 "$work/runs"; says 'theirs-1.jsonl:2: not JSON'
spoil '1d'; join 1 "$work/runs"; says "theirs-1.jsonl:1: the first line is not a 'run'"
spoil '1s/"seed": 1/"seed": null/'; join 1 "$work/runs"; says "1: the run has no 'seed'"
spoil '1s/\[5, 5\]/[5]/'; join 1 "$work/runs"; says "1: 'reference' is not 2 numbers"
spoil '3d'; join 1 "$work/runs"; says '3: trial 3 follows trial 1'
spoil '3s/"x": \[0.2\]/"x": [0.2, 1]/'; join 1 "$work/runs"; says "3: 'x' is not 1 numbers"
spoil '3s/"y": \[3, 3\]/"y": [3, NaN]/'; join 1 "$work/runs"; says "3: 'y' is not 2 numbers"
spoil '4s/"c": \[-1\]/"c": null/'; join 1 "$work/runs"; says "4: 'c' is not a list of numbers"
spoil '5s/"suggest_cpu_s": 4/"suggest_cpu_s": -4/'; join 1 "$work/runs"; says "5: 'suggest_cpu_s' is neither"
spoil '5s/"trial"/"trail"/'; join 1 "$work/runs"; says "5: a line of kind 'trail'"
spoil '6s/5e8/"big"/'; join 1 "$work/runs"; says "6: 'peak_rss_b' is neither"
spoil '$a{"kind": "end"}'; join 1 "$work/runs"; says '7: something follows the end'
spoil '1,$d'; join 1 "$work/runs"; says '1: empty'

n='runs that do not belong together are rejected'
spoil '2s/"x": \[0.1\]/"x": [0.15]/'; join 1 "$work/runs"; says 'other initial points or reference than'
spoil '1s/\[5, 5\]/[5, 6]/'; join 1 "$work/runs"; says 'other initial points or reference than'
spoil ''; cp "$work/runs/Toy/theirs-1.jsonl" "$work/runs/Toy/twice-1.jsonl"
join 1 "$work/runs"; says 'twice-1.jsonl: the same run as'

n='nothing to join'
mkdir "$work/none"
join 1 "$work/none"; says 'join: no runs'
join 1 "$work/absent"; says 'absent: no such folder'
join 1 "$stored" --baselines "$work/absent.csv"; says 'absent.csv'
printf 'problem,method,n\nToy,ax,two\n' >"$work/old.csv"
join 1 "$stored" --baselines "$work/old.csv"; says 'old.csv:2:'
join 1 "$stored" --marks 2,x; says "'--marks 2,x' is no list of numbers"

n='hypervolumes of three and four objectives, and the noise that both sides add'
cd "$peers"
python3 - >"$work/out" <<'END' || fail 'differs'
from fronts import hypervolume
from ours import BenchError, check, costs, rows
from problems import PROBLEMS, normal

three = [(1, 2, 3), (3, 1, 2), (2, 3, 1), (2, 3, 3)]
assert hypervolume(three, (4, 4, 4)) == 13, hypervolume(three, (4, 4, 4))
# A fourth coordinate that all share is a factor; two layers add up.
assert hypervolume([p + (1,) for p in three], (4, 4, 4, 3)) == 26
assert hypervolume([(1, 2, 3, 2), (1, 2, 3, 2), (2, 2, 2, 1)], (4, 4, 4, 3)) == 6 + 16 - 4
assert hypervolume([(4, 0, 0)], (4, 4, 4)) == 0 and hypervolume([], (1, 1)) == 0

# As ecopt-bench quality prints it: the first trial of seed 1 of the noisy BraninCurrin.
problem = PROBLEMS["BraninCurrin-noisy"]
row = problem.evaluate([0.5, 0.5], 1, 1)
assert row["y"][0] == row["y_true"][0] + 15.19 * normal(1, 1, 0) != row["y_true"][0]
trial = {"id": 1, **row, "is_failed": False, "ask_cpu_ms": 5.0}
document = {"init": 1, "seeds": [{"trials": [trial] * 3}]}
found = rows(document)
assert [t["suggest_cpu_s"] for t in found] == [None, 0.005, 0.005] and found[2]["n"] == 3
assert costs(found, 1) == {"2": 0.005, "3": 0.005}
check(problem, 1, found[:1])
try:
    check(problem, 2, found[:1])
except BenchError as error:
    assert "trial 1: y is" in str(error), error
else:
    raise AssertionError("other noise is not found")
END

n='tables: codes, failed rows, the nearest row that is left'
mkdir "$work/data"
cat >"$work/data/ecnas_4epoch.csv" <<'END'
space,adj_upper_rowmajor,ops,train_energy_J,val_acc
4V,110101,22,1,0.1
5V,1000100101,012,50000,0.5
5V,101,1,60000,0.6
END
cat >"$work/data/zeus_v100_p100.csv" <<'END'
gpu,dataset,batch_size,optimizer,power_limit_W,tta_s,eta_J
a,one,8,adam,100,5,500
a,one,16,adam,100,,
a,one,16,adam,150,3,900
a,two,8,adam,100,5,500
a,two,8,adamw,100,6,700
END
python3 - "$work/data" >"$work/out" 2>&1 <<'END' || fail 'differs'
import random
import sys

import tables

found = tables.load(sys.argv[1])
assert list(found) == ["EC-NAS", "Zeus-a-one", "Zeus-a-two"], list(found)
cells = found["EC-NAS"].table
assert list(cells.rows) == [(1, 0, 0, 0, 1, 0, 0, 1, 0, 1, 0, 1, 2), (1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 3, 3)]
assert list(cells.rows.values())[1] == [60000, -0.6]
one, rng = found["Zeus-a-one"], random.Random(1)
assert one.evaluate([16, 100], 1, 1) == {"x": [16, 100], "y": [], "y_true": [], "c": [], "is_failed": True}
assert one.table.nearest((16, 150), set(), rng) == (16, 150)
assert one.table.nearest((16, 150), {(16, 150)}, rng) == (16, 100)
assert one.table.nearest((8, 150), {(16, 150), (8, 100)}, rng) == (16, 100)
assert found["Zeus-a-two"].table.is_choice == [False, False, True]
assert one.low == [8, 100] and one.high == [16, 150]
assert tables.load("absent") == {}
END

n='fractions of what there is to be had'
join 1 "$stored" --fraction; says "no 'largest' to take a fraction of"
spoil '1s/"versions"/"largest": 20, "versions"/'
sed -i '1s/"versions"/"largest": 20, "versions"/' "$work/runs/Toy/ecopt-mobo-1.jsonl"
join 0 "$work/runs" --fraction; says '| ecopt-mobo | 0.4000 (1) | 0.4500 (1) |'
join 1 "$work/runs" --problem Other; says 'join: no runs'

n='run: names that are not there'
"$peers/run" --problem Nothing >"$work/out" 2>&1 && fail 'passes'
says "there is no problem 'Nothing'"
"$peers/run" --peer nobody >"$work/out" 2>&1 && fail 'passes'
says "there is no peer 'nobody'"
"$peers/run" --problem DTLZ2 --seeds 1 --bench "$work/absent" --results "$work/r" >"$work/out" 2>&1 && fail 'passes'
says 'absent'
echo "test_peers: all cases passed"
