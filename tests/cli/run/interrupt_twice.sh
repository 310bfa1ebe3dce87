# A program that will not end: the second Ctrl-C leaves at once, and the program is ended all the same.
exec 2>/dev/null # bash tells of killed jobs
sed "s/command: .*/command: sh stubborn.sh {x}/" "$CASES/../data/slow.yaml" >study.yaml
cat >stubborn.sh <<'END'
[ -e fast ] && { echo "loss=$1"; exit; }
trap '' INT TERM HUP
echo $$ >pids
while :; do sleep 1; done
END
set -m
ecopt run -q & run=$!
set +m
until [ -s pids ]; do sleep 0.02; done
kill -INT $run
sleep 0.3
kill -0 $run && echo finishing
kill -INT $run
wait $run; echo $?
for i in 1 2 3 4 5 6 7 8 9; do
    kill -0 "$(cat pids)" || break
    sleep 0.2
done
kill -0 "$(cat pids)" || echo gone
touch fast
ecopt run -q; echo $?
ecopt trials --format csv | grep -c complete
