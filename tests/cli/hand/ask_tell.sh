cp "$CASES/../data/quick.yaml" study.yaml
ecopt ask
ecopt ask --json | tee point.json
python3 -m json.tool point.json >/dev/null && echo json
ecopt tell 1 loss=4 cost=96; echo $?
ecopt tell 2 --failed 'it broke'; echo $?
ecopt ask -o point; ecopt tell 3 --infeasible 'too large'; echo $?
ecopt trials --format csv | cut -d , -f 1,2
