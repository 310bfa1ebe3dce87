# Empty files: as study file, as JSON that a metric points into, as program, as store.
. "$CASES/../data/study.sh"
: >study.yaml
ecopt check; echo "check $?"
ecopt run; echo "run $?"
begin
wrong 'echo loss=1; : >"$ECOPT_TRIAL_DIR/out.json"'
program 'echo loss=1; : >"$ECOPT_RESULT"'
ecopt run -q -n 4; reasons | tail -n 1
: >program
ecopt run -q -n 5; reasons | tail -n 1
mend
mkdir empty.ecopt && : >empty.ecopt/study.db
ecopt status empty.ecopt; echo "status $?"
