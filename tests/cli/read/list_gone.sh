# A study over a list of candidates is looked at by the copy in its folder, and goes on with it
# when the list is gone.
cat >study.yaml <<'EOF'
study: t
command: sh -c 'echo "[ecopt] {\"loss\":{a}}"'
candidates: points.csv
metrics: {loss: }
objectives: {loss: min}
meter: {sources: none}
budget: {trials: 2, init: 1}
EOF
printf 'a\n1\n2\n3\n' >points.csv
ecopt run -q >/dev/null; echo "run $?"
cmp points.csv t.ecopt/candidates.csv && echo "kept"
ecopt trials --format csv >before
echo "the list changes, what is shown does not"
printf 'a,b\n1,5\n' >points.csv
ecopt trials --format csv | cmp before - && echo "same"
echo "a list that lacks what was tried does not become the copy"
printf 'a\n7\n8\n' >points.csv
ecopt run -q -n 3; echo "run $?"
ecopt trials --format csv | cmp before - && echo "same"
echo "the list is gone"
rm points.csv
ecopt trials --format csv | cmp before - && echo "same"
ecopt front >/dev/null; echo "front $?"
ecopt report; echo "report $?"
grep -o 'a list of 3 points' t.html
ecopt run -q -n 3 >/dev/null; echo "run $?"
ecopt trials --format csv | wc -l
echo "a longer list becomes the copy"
printf 'a\n1\n2\n3\n4\n' >points.csv
ecopt run -q -n 4 >/dev/null; echo "run $?"
cmp points.csv t.ecopt/candidates.csv && echo "kept"
echo "the whole study moves without its files"
mkdir away && mv t.ecopt away
ecopt trials --format csv away/t.ecopt | wc -l
echo "no list anywhere"
rm points.csv away/t.ecopt/candidates.csv
ecopt trials away/t.ecopt; echo "trials $?"
ecopt run -q; echo "run $?"
