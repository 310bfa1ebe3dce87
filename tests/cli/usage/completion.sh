# What it prints is a program that bash accepts, and it knows commands and options.
ecopt completion bash >ecopt.bash && bash -n ecopt.bash && source ./ecopt.bash
try() {
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
    _ecopt
    echo "${COMPREPLY[*]}"
}
touch my.yaml other.txt
try ecopt m
try ecopt run --t
try ecopt front --format ''
try ecopt run m
try ecopt completion ''
for shell in zsh fish; do
    ecopt completion $shell >out.$shell
    command -v $shell >/dev/null && $shell -n out.$shell
    grep -c 'dry-run' out.$shell
done
