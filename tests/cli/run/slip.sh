# A name that is not there, beside the one study of the folder: nothing is run.
cp "$CASES/../data/quick.yaml" study.yaml
ecopt run -q -n 1 2>/dev/null
ecopt run -n 2 stduy.yaml
echo "status $?"
ecopt ask stduy.yaml
echo "status $?"
ecopt run -q -n 2 quick.ecopt
echo "status $?"
rm study.yaml
ecopt run -q -n 3
echo "status $?"
