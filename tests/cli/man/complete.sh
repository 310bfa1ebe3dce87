# The man page knows every command and every option.
page=$CASES/../../../docs/man/ecopt.1.scd
for verb in $(ecopt help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
    grep -q "^## ecopt $verb" "$page" || echo "no section: $verb"
    for option in $(ecopt help "$verb" | grep -o '^  .. *--[a-z-]*\|^  .*, --[a-z-]*' | grep -o -- '--[a-z-]*'); do
        grep -q -- "\*$option\*" "$page" || echo "$verb: $option is not explained"
    done
done
# And the one of the study file knows every key.
schema=$CASES/../../../docs/man/ecopt-study.yaml.5.scd
for key in study seed sampler command timeout env params type min max log values ordered default \
    value when metrics regex json pointer phase objectives goal threshold scale constraints \
    trials init energy time failures sources require record repeats target country intensity pue; do
    grep -qE "[*.]$key\*" "$schema" || echo "study.yaml: $key is not explained"
done
