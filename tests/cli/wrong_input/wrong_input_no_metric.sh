# A program that prints no metric: the trial failed, says which metric and where it was looked for.
. "$CASES/../data/study.sh"
begin
wrong 'true'
mend
