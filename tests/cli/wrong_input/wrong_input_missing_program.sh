# A program that is not there: a warning before the first trial, trials that fail with the reason,
# once more at the end.
. "$CASES/../data/study.sh"
begin
rm program
ecopt run -n 4; echo "exit $?"
reasons
# There, but not executable; a folder; an interpreter that is not there.
program 'echo never'; chmod -x program
ecopt run -n 5 2>&1 | grep -v '^trial'; echo "exit ${PIPESTATUS[0]}"
mend
