# A disk that fills up in a trial: said, exit 1, the good trials stay, the study goes on with room.
if [ "${1:-}" != inside ]; then
    unshare -rm true 2>/dev/null || exit 77
    exec unshare -rm bash "$0" inside
fi
mkdir disk && mount -t tmpfs -o size=2m tmpfs disk || exit 77
cd disk || exit 77
. "$CASES/../data/study.sh"
begin
head -c 10m /dev/zero >filler 2>/dev/null
ecopt run -q; echo "run $?"
ecopt report -o page.html; echo "report $?"; ls page.html* 2>/dev/null
ecopt ask; echo "ask $?"
ecopt tell 1 loss=1; echo "tell $?"
ecopt trials --format csv | head -n 3 | cut -d , -f 1-2
rm filler
mend
