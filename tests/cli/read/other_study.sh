# A file that cannot be read, beside the study of another one: what is shown is named.
cp "$CASES/../data/quick.yaml" study.yaml
ecopt run -q -n 1 2>/dev/null
echo 'study: [' >other.yaml
ecopt trials --format csv other.yaml | cut -d, -f1,2
ecopt trials --format csv none.yaml | cut -d, -f1,2
