# `run FOLDER` runs the study file in it, never the one that happens to lie here.
mkdir project empty
cp "$CASES/../data/quick.yaml" project/study.yaml
sed 's/^study: .*/study: here/' project/study.yaml >study.yaml
ecopt run -q -n 3 project; echo $?
ls -d ./*.ecopt project/*.ecopt
# Nothing to run: an error that names the folder, and nothing is made.
ecopt run empty; echo $?
ls -A empty
# The study's own folder goes on with the definition kept in it.
ecopt run -q project/quick.ecopt; echo $?
ecopt trials --format csv project | wc -l
# ask and tell take folders the same way.
ecopt ask -q empty; echo $?
