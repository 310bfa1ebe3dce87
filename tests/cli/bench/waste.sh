# The same study with and without pruning: a table of arms, and the same as JSON.
ecopt-bench waste --seeds 1 --trials 12 --init 5 --sampler random
ecopt-bench waste --seeds 1 --trials 8 --init 5 --sampler random --json | grep -c '"arm": '
ecopt-bench waste --data nowhere; echo $?
