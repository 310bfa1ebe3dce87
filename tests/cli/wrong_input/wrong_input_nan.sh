# NaN and infinity are no values: the trial failed and the sampler never sees them.
. "$CASES/../data/study.sh"
begin
wrong 'echo loss=nan; echo "{\"cost\": 1}" >"$ECOPT_TRIAL_DIR/out.json"'
program 'echo loss=inf; echo "{\"cost\": 1}" >"$ECOPT_TRIAL_DIR/out.json"'
ecopt run -q -n 4; reasons
program 'echo loss=1; echo "{\"cost\": NaN}" >"$ECOPT_TRIAL_DIR/out.json"'
ecopt run -q -n 5; reasons
mend
# The same from a program that reports by itself.
ecopt run -q -n 1 --name r -P x=bool -O loss=min -- echo '[ecopt] {{"loss": NaN}}' 2>/dev/null; echo $?
ecopt run -q -n 1 --name l -P x=bool -O loss=min -- ecopt log loss=nan 2>/dev/null; echo $?
ecopt run -q -n 1 --name h -P x=bool -O loss=min -- ecopt log loss=1e999 2>/dev/null; echo $?
