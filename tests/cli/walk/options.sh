# Every option that `ecopt help VERB` lists is what the program takes: with a good value it is not
# refused as an option; without its value, or a flag with one, it is.
cp "$CASES/../data/quick.yaml" study.yaml
ecopt run -q -n 3
n=0
for verb in $(ecopt help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
    ecopt help "$verb" | sed -n '/^Options/,$s/^  [-a-zA-Z, ]\{4\}--\([a-z-]*\)\( [A-Z][A-Z=]*\)\{0,1\}.*/\1\2/p' >options
    ecopt "$verb" --help >by_option; ecopt help "$verb" | cmp - by_option
    while read -r option value; do
        n=$((n + 1))
        if [ -z "$value" ]; then # a flag
            ecopt "$verb" "--$option=x" >out 2>said; status=$?
            grep -q "^error: --$option takes no value$" said || echo "$verb --$option=x: $(cat said)"
            [ $status = 2 ] || [ $verb$status = measure125 ] || echo "$verb --$option=x: exit $status"
            continue
        fi
        ecopt "$verb" "--$option" >out 2>said; status=$?
        grep -q "^error: --$option needs a value: $value$" said || echo "$verb --$option: $(cat said)"
        [ $status = 2 ] || [ $verb$status = measure125 ] || echo "$verb --$option: exit $status"
        # A value of each form; the option itself must be known, whatever else is missing.
        for good in 1 1s 1J 1% json auto; do
            timeout 20 ecopt "$verb" --help "--$option" "$good" >out 2>said
            [ $? = 0 ] && break
        done
        [ -s out ] || echo "$verb --$option: no value is good: $(cat said)"
        grep -q 'no option' said && echo "$verb --$option is listed, but there is none"
    done <options
    # And nothing that is not listed.
    ecopt "$verb" --no-such-option >out 2>said
    grep -q "^error: there is no option '--no-such-option'$" said || echo "$verb: $(cat said)"
done
[ $n -gt 100 ] && echo "more than 100 options tried"
