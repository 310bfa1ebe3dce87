# What the other shells are given names every command and option, with quotes that are closed.
for shell in zsh fish; do
    ecopt completion $shell >script
    for verb in $(ecopt help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
        grep -q -w -e "$verb" script || echo "$shell: $verb is missing"
        ecopt help "$verb" | sed -n '/^Options:/,/^$/p' | grep -oE '^  .{24}' | grep -oE -- '--[a-z-]+' |
            while read -r option; do
                grep -q -e "$option\b" -e "-l ${option#--}\b" script || echo "$shell: $verb $option is missing"
            done
    done
    sed "s/'\\\\''//g" script | tr -dc "'\n" | awk -v shell=$shell 'length($0) % 2 { print shell ": quote left open in line " NR }'
    ecopt completion $shell | cmp - script
    command -v $shell >/dev/null && { $shell -n script || echo "$shell does not read it"; }
done
ecopt completion; echo $?
ecopt completion tcsh; echo $?
ecopt completion bash zsh; echo $?
