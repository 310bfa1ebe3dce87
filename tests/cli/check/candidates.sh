# A list of candidates: what is inferred, what is left out, what is said of it; and a study of it
# from its first trial to its last, with a row that comes and one that goes.
cat >study.yaml <<'END'
study: t
command: sh -c 'echo "[ecopt] {\"loss\":{width}, \"size\":{layers}}"'
candidates: lists/points.csv
params:
  arch: {type: choice, values: ["0110101", "1010"], default: "1010"}
metrics: {loss: , size: }
objectives: {loss: {goal: min, threshold: 2000}, size: {goal: max, threshold: 0}}
constraints: [width * layers < 5000]
env: {ARCH: "{arch} {lr} {fast} {note} {code}"}
meter: {sources: none}
budget: {trials: 9, init: 2}
END
mkdir lists
printf '\357\273\277' >lists/points.csv
printf '%s\r\n' 'width,layers,lr,fast,arch,note,code,same' '8,1,0.1,true,1010,"a, b",007,5' \
    '1024,2,0.25,False,0110101,"say ""hi""",07,5' '' ' 8 ,1,1e-1,TRUE,1010,"a, b",007,5' \
    '16,3,0.5,true,0110101,plain,010,5' '1024,8,0.5,true,1010,plain,010,5' >>lists/points.csv
ecopt check; echo "check $?"
ecopt run -q >/dev/null; echo "run $?"
ecopt trials --format csv | cut -d, -f1-6
echo "a new row is tried"
printf '32,4,0.5,true,1010,plain,010,5' >>lists/points.csv
ecopt run -q >/dev/null; echo "run $?"
ecopt trials --format csv | wc -l
echo "a tried one may not go"
cp lists/points.csv all.csv
grep -v '^32' all.csv >lists/points.csv
ecopt run -q; echo "run $?"
ecopt ask -q; echo "ask $?"
cp all.csv lists/points.csv
ecopt ask -q; echo "ask $?"
