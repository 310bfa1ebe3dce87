# A plug in the study file: checked without asking it, its login on no screen and in no store.
cp "$CASES/../data/quick.yaml" study.yaml
sed -i 's|^meter:.*|meter: {sources: "auto, plug:http://admin:s3cr3t@127.0.0.1:1"}|' study.yaml
ecopt check | grep '^meter'
ecopt run -q -n 1
sed -i 's|plug:.*|command:J=/bin/false"}|' study.yaml
ecopt run -q -n 1
sed -i 's|auto, command:.*|file:W=/nowhere, plug:nonsense"}|' study.yaml
ecopt check
cd quick.ecopt 2>/dev/null && ! grep -l s3cr3t study.db
