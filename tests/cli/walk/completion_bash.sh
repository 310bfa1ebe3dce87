# The completion of bash in a real bash: every command and every option is offered, where it belongs.
ecopt completion bash >script && . ./script || echo "not sourced"
complete -p ecopt
offer() { # WORD... : what is offered for the last one
    COMP_WORDS=("$@")
    COMP_CWORD=$(($# - 1))
    COMPREPLY=()
    _ecopt
    printf '%s\n' "${COMPREPLY[@]}"
}
verbs=$(ecopt help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')
offer ecopt '' >offered
for verb in $verbs; do
    grep -qx "$verb" offered || echo "$verb is not offered"
    offer ecopt "${verb%?}" | grep -qx "$verb" || echo "$verb is not completed"
    offer ecopt "$verb" - | sort >offered_options
    ecopt help "$verb" | sed -n '/^Options/,$p' | grep -oE '^  .{24}' | grep -oE -- '--[a-z-]+' |
        while read -r option; do
            grep -qx -e "$option" offered_options || echo "$verb $option is not offered"
            offer ecopt "$verb" "${option%?}" | grep -qx -e "$option" || echo "$verb $option is not completed"
            # Also after the common options, and after other words.
            offer ecopt -q "$verb" x "${option%?}" | grep -qx -e "$option" || echo "$verb $option: only at the start"
        done
    uniq -d offered_options
done
offer ecopt completion ''
offer ecopt front --format ''
offer ecopt front --format j
offer ecopt run --color a
touch a.yaml b.yml c.txt 'with blank.yaml'; mkdir folder s.ecopt
offer ecopt run '' | sort -u
offer ecopt run --dir '' | sort
offer ecopt front -o c
offer ecopt measure -- gzi | grep -qx gzip && echo gzip
offer ecopt nothing ''
