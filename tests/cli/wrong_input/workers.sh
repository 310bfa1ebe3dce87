# What is wrong with a wish, a worker or a file of trials is said, and nothing of the study changes.
cp "$CASES/../data/quick.yaml" study.yaml
# No study yet: there is nothing to pause, to stop or to look through.
for wish in pause resume stop verify; do
    ecopt $wish; echo $?
done
ecopt run -q -n 1
# Too many words, and options of other commands.
for words in 'pause study.yaml more' 'resume --now' 'stop --soon' 'verify --jobs 2' 'worker --trials'; do
    # shellcheck disable=SC2086
    ecopt $words; echo $?
done
# A number of jobs is a whole number from 1 to 256.
for jobs in 0 -1 two 1.5 '' 99999999999999999999; do
    ecopt run -q -j "$jobs"; echo $?
done
ecopt import csv missing.csv; echo $?
: >empty.csv
ecopt import csv empty.csv; echo $?
printf 'x,y,loss,cost\n7,2,1\n' >short.csv
ecopt import csv short.csv; echo $?
ecopt trials --format csv | wc -l
