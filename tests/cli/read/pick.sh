cp "$CASES/../data/quick.yaml" study.yaml
ecopt run -q
ecopt front --knee; echo $?
ecopt front --best loss; echo $?
ecopt front --best loss --within 'cost<=90'; echo $?
ecopt front --best cost --within 'loss<=30' --within 'cost >= 90'; echo $?
ecopt front --within 'loss<=100' --format csv | cut -d , -f 1-5
ecopt front --best loss --within 'cost<=90' --json | python3 -c 'import json, sys; d = json.load(sys.stdin); print(d["trials"][0]["trial"], d["trials"][0]["from_knee"], d["reference_source"])'
# Nothing fits.
ecopt front --best loss --within 'cost<=82'; echo $?
ecopt front --within 'energy_j>=1MWh'; echo $?
# What is wrong.
ecopt front --best los; echo $?
ecopt front --within 'cost<82'; echo $?
ecopt front --within 'costs<=82'; echo $?
ecopt front --knee --best loss; echo $?
