# Every study file in the man page is right; the smallest one runs.
awk '/^```/ { code = !code; n += code; next } code { print >("study" n ".yaml") }' \
    "$CASES/../../../docs/man/ecopt-study.yaml.5.scd"
sed -i 's/\\\\/\\/g' ./*.yaml
for file in study*.yaml; do
    ecopt check -q "$file" | head -n 1
done
ecopt run -q study2.yaml -n 3; echo $?
