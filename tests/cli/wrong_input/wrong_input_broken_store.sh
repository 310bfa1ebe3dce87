# A store that is cut off, is something else, or belongs to another study: said, left as it is.
. "$CASES/../data/study.sh"
begin
cp -r s.ecopt kept
head -c 5000 kept/study.db >s.ecopt/study.db; rm -f s.ecopt/study.db-*
ecopt run -q 2>said; echo "run $?"; cut -c 1-6 said | head -n 1
ecopt status >/dev/null 2>said; echo "status $?"; cut -c 1-6 said | head -n 1
seq 2000 >s.ecopt/study.db
ecopt run -q 2>said; echo "run $?"; cut -c 1-6 said | head -n 1
seq 2000 | cmp - s.ecopt/study.db && echo 'left alone'
rm -r s.ecopt && cp -r kept s.ecopt
mend
