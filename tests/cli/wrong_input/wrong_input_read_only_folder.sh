# A folder that cannot be written: said with its name, exit 1; what is there can be looked at.
. "$CASES/../data/study.sh"
drop=
if [ "$(id -u)" = 0 ]; then # who may write anything is not stopped by permissions
    drop='setpriv --bounding-set=-all'
    $drop true 2>/dev/null || exit 77
fi
mkdir there && cd there && cp "$CASES/../data/program.yaml" study.yaml && program "$good"
chmod a-w .
$drop ecopt run -q; echo "run $?"
$drop ecopt init -f other.yaml; echo "init $?"
chmod u+w .
begin
chmod -R a-w .
$drop ecopt run -q; echo "run $?"
$drop ecopt report; echo "report $?"
$drop ecopt front -o front.txt; echo "front $?"
$drop ecopt measure --record trace -- true; echo "measure $?"
$drop ecopt check -q -n 1 | tail -n 1
$drop ecopt trials --format csv | cut -d , -f 1-2
chmod -R u+w .
mend
