# The same study with and without the rules that save joules: a table of arms for each table of
# curves, and the same as JSON.
ecopt-bench waste --seeds 1 --trials 12 --init 5 --sampler random
ecopt-bench waste --seeds 1 --trials 8 --init 5 --sampler random --case mnist_mlp --json | grep -c '"arm": '
# All trials of an arm without rules run to their end, whatever happens in others.
ecopt-bench waste --seeds 2 --trials 8 --init 5 --sampler random --case mnist_mlp --json | grep '"arm": "once"' | grep -o '"pruned": 0, "unstarted": 0, "lost": 0'
ecopt-bench waste --data nowhere; echo $?
ecopt-bench waste --case none; echo $?
