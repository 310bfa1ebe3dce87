# A folder means the study file in it, wherever ecopt stands; without one it is an error by name.
mkdir -p project/deep empty
cp "$CASES/../data/quick.yaml" project/study.yaml
printf 'study: other\n' >study.yaml
ecopt check project | head -n 1
ecopt check project/ | head -n 1
(cd project/deep && ecopt check .. | head -n 1)
ecopt check empty; echo $?
printf 'study: [\n' >project/study.yaml
ecopt check project >/dev/null 2>err; echo $?
grep -c 'project/study.yaml:1:8' err
