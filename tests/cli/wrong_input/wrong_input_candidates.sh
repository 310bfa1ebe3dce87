# A list of candidates that is no list: each mistake with its place, its value and a remedy.
write() { # LINES of the study file
    cat >study.yaml <<END
study: t
command: "true {a} {b}"
objectives: {energy_j: min}
meter: {sources: none}
budget: {trials: 2, init: 1}
END
    printf '%s\n' "$@" >>study.yaml
}
try() { # WHAT, and the list as printf writes it
    printf '== %s\n' "$1"
    # shellcheck disable=SC2059
    printf "$2" >points.csv
    ecopt check -n 0 2>&1 >output
    echo "exit $?"
}
write 'candidates: none.csv'
try 'a missing file' ''
write 'candidates: .'
try 'a folder' ''
write 'candidates: [points.csv]'
try 'no name of a file' ''
write 'candidates: {columns: [a]}'
try 'columns alone' ''
write 'candidates: points.csv'
try 'an empty file' ''
try 'blank lines only' '\n\r\n  \n'
try 'a header only' 'a,b\n'
try 'a column twice' 'a,b,a\n1,2,3\n'
try 'semicolons' 'a;b\n1;2\n'
try 'rows of other lengths' 'a,b\n1,2,3\n\n4\n5,6\n'
try 'a quote that is not closed' 'a,b\n1,2\n3,"x\n'
try 'a quote inside' 'a,b\n1,2\n\303\244,4"x"\n'
try 'a NUL byte' 'a,b\n1,2\n3,\0004\n'
try 'no value' 'a,b\n1,\n,2\n3,4\n'
try 'names' 'a,b,b c,seed,,A\n1,2,3,4,5,6\n2,4,5,5,6,7\n'
try 'a value the grid swallows' 'a,b\n1e-9,1\n0,4\n1e6,10\n'
write 'candidates: {file: points.csv, columns: [a, bb, a]}'
try 'columns that are not there' 'a,b,c\n1,2,3\n'
write 'candidates: {file: points.csv, columns: []}'
try 'no columns' 'a,b,c\n1,2,3\n'
write 'candidates: {file: points.csv, columns: [b]}' 'params: {a: [1, 2]}'
try 'a declared one left out' 'a,b\n1,2\n'
write 'candidates: points.csv' \
    'params: {a: {type: int, min: 2, max: 5}, d: {type: float, min: 0, max: 1}}'
try 'numbers out of range' 'a,b\n1,2\nx,2\n3.5,2\n9,3\n3,1\n'
write 'candidates: points.csv' 'params: {a: ["0110101", "111"], b: {type: bool}, c: 3}'
try 'values that are not listed' 'a,b,c\n0110101,true,3\n111,False,3\n1111,true,3\n111,no,3\n111,true,4\n'
write 'candidates: points.csv' 'params: {a: [1, 2], b: {type: int, min: 1, max: 4, when: a > 1}}'
try 'no value although it matters' 'a,b\n1,\n2,1\n2,3\n2,\n'
write 'candidates: points.csv' 'constraints: [a * b < 1]'
try 'constraints that leave none' 'a,b\n1,2\n2,1\n'
write 'candidates: points.csv'
# shellcheck disable=SC2046
try 'as many mistakes as rows' "a,b\\n$(printf '%s,\\n' $(seq 30))"
seq 200001 | sed '1s/^/a,b\n/; s/$/,1/' >many.csv
write 'candidates: many.csv'
try 'too many rows' ''
head -c 67108865 /dev/zero >many.csv
try 'too many bytes' ''
rm many.csv
# The program, the sampler and the store never saw any of it.
ls
