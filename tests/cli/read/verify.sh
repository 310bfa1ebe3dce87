# A study is whole, or what is not is named; what nobody runs any more is put back.
command -v sqlite3 >/dev/null || exit 77
cp "$CASES/../data/quick.yaml" study.yaml
ecopt verify; echo $?
ecopt run -q -n 4 >/dev/null
ecopt verify; echo $?
ecopt verify --json; echo $?
break_it() { sqlite3 quick.ecopt/study.db "$1"; }

break_it "update attempt set state = 'running', ended_s = null, worker = '' where trial = 4;
    delete from phase where trial = 4; delete from \"window\" where trial = 4; delete from metric where trial = 4;
    update trial set state = 'running', decided = null where id = 4"
ecopt verify; echo $?
ecopt verify --json; echo $?
ecopt verify --repair; echo $?
ecopt trials --format csv | cut -d , -f 1,2 | tail -n 1
ecopt run -q -n 4 >/dev/null
ecopt verify quick.ecopt; echo $?

break_it "delete from metric where trial = 2 and name = 'loss'; update trial set attempts = 3 where id = 3"
rm -r quick.ecopt/trials/0001
ecopt verify -o out; echo $?
cat out
# Nothing is mended by a guess.
ecopt verify --repair | wc -l
ecopt run -q -n 9 --energy 0.001mJ >/dev/null 2>&1
echo 'no database, no study' >quick.ecopt/study.db
ecopt verify; echo $?
