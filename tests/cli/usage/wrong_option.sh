ecopt run --trails 5; echo $?
ecopt run --dry; echo $?
ecopt --nonsense run; echo $?
ecopt front -x; echo $?
ecopt status --json=yes; echo $?
ecopt run --trials; echo $?
ecopt "$(printf 'run\033[2J')"; echo $?
