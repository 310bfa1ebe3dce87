# What was run is shown, whatever becomes of the file.
cp "$CASES/../data/quick.yaml" study.yaml
ecopt run -q -n 3
ecopt front >before
echo 'nonsense' >>study.yaml
ecopt front | cmp before -
rm study.yaml
ecopt front | cmp before -
ecopt front quick.ecopt | cmp before -
ecopt front --dir "$PWD/quick.ecopt" | cmp before -
mkdir elsewhere && mv quick.ecopt elsewhere && ecopt front elsewhere/quick.ecopt | cmp before - && echo same
