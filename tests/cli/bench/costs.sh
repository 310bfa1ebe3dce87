# What the other commands print, with the least there is to do.
ecopt-bench suggest --problem BraninCurrin --marks 8 --seeds 1
ecopt-bench suggest --problem BraninCurrin,VehicleSafety --marks 12 --seeds 1 --threads 2 --json | head -n 1
ecopt-bench overhead --trials 10 --json
