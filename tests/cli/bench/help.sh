ecopt-bench --help
ecopt-bench quality --help
ecopt-bench overhead --help
