# Few trials of each kind of problem: plain, constrained, noisy, four objectives, seven workers.
ecopt-bench quality --trials 8 --seeds 1 --problem BraninCurrin,C2DTLZ2,ZDT1-noisy
ecopt-bench quality --trials 8 --seeds 2 --jobs 2 --init 4 --workers 7 --no-threshold --problem DTLZ2-m4
# The points of the initial design follow from the seed alone: the same for every sampler.
first() {
    ecopt-bench quality --trials 6 --seeds 1 --first-seed 3 --json --sampler "$1" |
        sed -n 's/.*{"id": \([0-9]*\), "x": \(\[[^]]*\]\).*/\1 \2/p' | head -n 6
}
first mobo >mobo
first sobol >sobol
wc -l <mobo
cmp mobo sobol && echo same
# Four points out at a time: told in another order than asked.
ecopt-bench quality --trials 10 --seeds 1 --workers 4 --sampler sobol --json --problem ZDT1 >document
sed -n 's/.*{"id": \([0-9]*\),.*/\1/p' document | paste -sd' '
# Of a constrained problem only the feasible trials count.
ecopt-bench quality --trials 12 --seeds 1 --sampler sobol --json --problem ConstrainedBraninCurrin >document
grep -c '"c": \[-[^]]*\], "is_feasible": false' document
grep -c '"c": \[[0-9][^]]*\], "is_feasible": true' document
