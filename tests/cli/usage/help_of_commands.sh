# Each command has help in both forms, with its name and its options.
for verb in $(ecopt help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
    ecopt help "$verb" >a || echo "$verb: $?"
    ecopt "$verb" --help >b || echo "$verb: $?"
    cmp a b && grep -q "^Usage: ecopt $verb" a && echo "$verb: $(wc -L <a) columns"
done
ecopt help run
