ecopt-bench --help
ecopt-bench quality --help
ecopt-bench overhead --help
ecopt-bench suggest --help
ecopt-bench meter --help
ecopt-bench hypervolume --help
