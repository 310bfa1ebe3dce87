# Programs that leave daemons behind, print without end or want too much: each is ended, none is left.
unset ECOPT_SYSTEM_ROOT
try() {
    cat >study.yaml <<END
study: s
sampler: sobol
command: {run: {run: sh program.sh, timeout: ${limit:-20s}}}
params: {x: {type: int, min: 0, max: 9}}
metrics: {loss: {}}
objectives: {loss: min}
budget: {trials: 1}
$1
END
    cat >program.sh
    rm -rf s.ecopt
    ecopt run -q 2>stderr
    echo "exit $?: $(ecopt trials --format csv | sed -n '2s/^1,\([a-z]*\),.*,\([a-z_]*\)$/\1 \2/p')"
}
mark=$((600000 + $$))
echo "daemon"
try <<END
setsid sh -c 'setsid sleep $mark & setsid sleep $mark &' &
(trap '' TERM HUP; setsid sleep $mark) >/dev/null 2>&1 </dev/null &
echo '[ecopt] {"loss": 1}'
END
pgrep -f "^sleep $mark" | wc -l
echo "daemon of a program that is killed"
try <<END
setsid sleep $mark &
kill -KILL \$\$
END
pgrep -f "^sleep $mark" | wc -l
echo "no line end"
try <<'END'
head -c 60000000 /dev/zero | tr '\0' x
echo
echo '[ecopt] {"loss": 1}'
END
find s.ecopt -name run.out -size -16500k | wc -l
echo "no end"
limit=300ms try '' <<'END'
cat /dev/urandom | tr -d '\n'
END
echo "descriptors"
try <<'END' 7</dev/null
ls /proc/self/fd | wc -l
wc -c
echo '[ecopt] {"loss": 1}'
END
cat s.ecopt/trials/0001/run.out | head -n 2
echo "one CPU"
try 'resources: {cpus: 1}' <<'END'
nproc
echo '[ecopt] {"loss": 1}'
END
head -n 1 s.ecopt/trials/0001/run.out
# What was made for the trials is gone.
find /sys/fs/cgroup -maxdepth 6 -type d -name "ecopt-$$-*" 2>/dev/null | wc -l
