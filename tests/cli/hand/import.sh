# Trials from a table: one of ecopt's own comes back as it was, any other with its columns named; all rows or none.
cp "$CASES/../data/quick.yaml" study.yaml
ecopt run -q >/dev/null
ecopt tell --new x=3 y=3 --failed 'it "broke", twice'
ecopt trials --format csv >first.csv
mv quick.ecopt first.ecopt
ecopt import csv first.csv; echo $?
ecopt trials --format csv >second.csv
cut -d , -f 1-5,11-14 first.csv >first; cut -d , -f 1-5,11-14 second.csv >second
cmp first second && echo 'the same'
cut -d , -f 15 second.csv | sort | uniq -c | sed 's/^ *//'

# With a constraint on a metric, which the list has as well.
cp study.yaml plain.yaml
mv quick.ecopt second.ecopt
sed -i 's/^budget/constraints: [evaluate.cpu_s <= 60, loss <= 400]\n&/; s/study: quick/study: bound/' study.yaml
ecopt run -q >/dev/null
ecopt trials --format csv >first.csv
head -n 1 first.csv | cut -d , -f 13-
mv bound.ecopt first.bound
ecopt import csv first.csv; echo $?
ecopt trials --format csv | cut -d , -f 1-3,17 >second; cut -d , -f 1-3,17 first.csv | cmp - second && echo 'the same'
mv plain.yaml study.yaml; mv second.ecopt quick.ecopt

# Names of others, and a metric's uncertainty.
cat >other.csv <<'CSV'
Width,y,error,loss.u95,note,cost
19,0,250,0.5,good,80
18,0,,,waits,
17,4,190,,,84
CSV
ecopt import csv --map Width=x --map error=loss other.csv study.yaml; echo $?
ecopt trials --format csv | cut -d , -f 1-6,11-12 | tail -n 3
# What is wrong is named with its line, and nothing is added.
cat >bad.csv <<'CSV'
x,y,loss,cost
16,0,1,1
99,0,1,1
15,0,one,1
19,0,1,1
14,0,1,
CSV
ecopt import csv bad.csv; echo $?
sed -i 's/one/1/' bad.csv
ecopt import csv bad.csv; echo $?
ecopt trials --format csv | wc -l
ecopt import csv --skip-bad bad.csv; echo $?
ecopt trials --format csv | wc -l
ecopt import csv --map a=x bad.csv; echo $?
ecopt import csv nothing.csv; echo $?
ecopt import json bad.csv; echo $?

# Points only.
printf 'x,y,loss\n0,0,5\n0,1,5\n' >points.csv
ecopt enqueue --from points.csv; echo $?
ecopt enqueue --from points.csv x=1; echo $?
ecopt trials --format csv | cut -d , -f 1-3,11-12 | tail -n 2
