# However a line with a plug's password is wrong, the password is on no screen.
cp "$CASES/../data/quick.yaml" base.yaml
for line in '{sources: "auto, plug:http://admin:s3cr3t@127.0.0.1/path"}' \
    '{sources: auto, plug:http://admin:s3cr3t@127.0.0.1}' '{sources: [plug:http://admin:s3cr3t@h, x' \
    '{sources: "plug:http://admin:s3cr3t@h' '{source: "plug:http://admin:s3cr3t@h"}' \
    'plug:http://admin:s3cr3t@h' '{sources: plugs:http://admin:s3cr3t@h}'; do
    sed "s|^meter:.*|meter: $line|" base.yaml >study.yaml
    ecopt check >out 2>&1
    echo "$? $(grep -c s3cr3t out) $(grep -c 'meter: .*\*\*\*' out)"
done
ecopt measure --sources plug:http://admin:s3cr3t@h/x true 2>&1 | grep -c s3cr3t
ecopt doctor --sources plugs:http://admin:s3cr3t@h 2>&1 | grep -c s3cr3t
