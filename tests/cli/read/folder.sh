# A folder may be the study's, the one of the study file, or one that holds a single study.
mkdir project
cp "$CASES/../data/quick.yaml" project/study.yaml
ecopt run -q project; echo $?
ls . project
for folder in project project/quick.ecopt project/; do
    ecopt trials --format csv "$folder" | wc -l
done
(cd project/quick.ecopt && ecopt trials --format csv . | wc -l)
# Without the file the one study is still found; with two the folder says too little.
rm project/study.yaml
ecopt trials --format csv project | wc -l
cp -r project/quick.ecopt project/second.ecopt
ecopt trials project; echo $?
mkdir empty
ecopt status empty; echo $?
