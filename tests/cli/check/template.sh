# What init writes is right, and runs.
ecopt -q init && ecopt check -n 2
ecopt run -q -n 2; echo $?
