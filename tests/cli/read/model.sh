cp "$CASES/../data/quick.yaml" study.yaml
ecopt run -q
ecopt front --model >table; echo $?
head -1 table; tail -3 table
ecopt front --model --format csv | head -1
ecopt front --model --json | python3 -c 'import json, sys; d = json.load(sys.stdin); print(d["n_observed"], all(t["modelled"]["loss"]["u95"] > 0 for t in d["trials"]))'
ecopt front --model --knee; echo $?
