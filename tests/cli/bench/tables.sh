# The measured tables, where they are at hand: no point is told that is not in the list.
[ -e "${ECOPT_SHARED_DATA:-}/ecnas_4epoch.csv" ] || exit 77
ecopt-bench quality --problem EC-NAS,Zeus-v100-cifar100 --seeds 1 --trials 12
ecopt-bench quality --problem EC-NAS --seeds 1 --trials 12 --json | grep -c '"is_failed": false'
# More trials than points: the study ends when the list does.
ecopt-bench quality --problem Zeus-p100-sentiment140 --seeds 1 --trials 30 --init 28 --json | grep -c '"id"'
