cp "$CASES/../data/quick.yaml" study.yaml
ecopt run -q
for verb in status trials front 'show 1'; do
    ecopt $verb >/dev/full; echo "$verb $?"
done
ecopt front -o /dev/full; echo $?
ecopt trials | true
