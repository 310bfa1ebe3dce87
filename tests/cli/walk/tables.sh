# Options of the commands that look at a study, each with each: the same bytes by every spelling.
cp "$CASES/../data/quick.yaml" study.yaml
ecopt run -q
for verb in status trials front; do
    ecopt $verb >plain
    for words in '' study.yaml quick.ecopt '--dir quick.ecopt' '--dir=quick.ecopt' '--format table' \
        '--format=table study.yaml' '-o -' '--output -' '-q' '-v' '--color never' '--color=always' '.'; do
        ecopt $verb $words 2>said | cmp -s - plain || echo "$verb $words differs: $(cat said)"
    done
    for format in table csv json; do
        ecopt $verb --format $format >expected
        ecopt $verb --format $format -o file && cmp file expected
        ecopt $verb -ofile2 --format=$format quick.ecopt && cmp file2 expected
        [ -s expected ] || echo "$verb --format $format is empty"
    done
    ecopt $verb --format json >expected
    ecopt $verb --json | cmp - expected
    python3 -m json.tool expected >/dev/null || echo "$verb: no JSON"
    ecopt $verb --format csv | awk -F, -v verb=$verb \
        'NR == 1 { n = NF } NF != n { print verb ": line " NR " has " NF " fields, not " n }'
    # The last one given wins.
    ecopt $verb --format csv --format table | cmp - plain
    ecopt $verb --dir nowhere --dir quick.ecopt | cmp - plain
done
ecopt show 1 >plain
for words in '1 study.yaml' '1 quick.ecopt' '--dir quick.ecopt 1' '-f study.yaml 1' '1 -fquick.ecopt' \
    '--file=study.yaml 1' '1 --format table'; do
    ecopt show $words 2>said | cmp -s - plain || echo "show $words differs: $(cat said)"
done
ecopt show 1 --json | cmp - <(ecopt show --format=json 1)
ecopt show 1 --format csv 2>&1 >/dev/null; echo $?
ecopt report -q -o - | cmp - <(ecopt report -q -o /dev/stdout quick.ecopt) && echo 'same page'
