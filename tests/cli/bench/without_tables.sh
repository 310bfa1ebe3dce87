# Measured tables that are not there are left out, with a word.
ecopt-bench quality --data /nonexistent --problem EC-NAS,BraninCurrin,Zeus --seeds 1 --trials 6 --init 5
ecopt-bench quality --data /nonexistent --problem EC-NAS --json
