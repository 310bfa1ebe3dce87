# A disk of its own that fills up, then is read-only: said, nothing lost, the study goes on.
if [ "${1:-}" != inside ]; then
    unshare -rm true 2>/dev/null || exit 77
    exec unshare -rm bash "$0" inside
fi
mkdir disk && mount -t tmpfs -o size=600k tmpfs disk || exit 77
cd disk || exit 77
sed 's/evaluate: .*/evaluate: sh fill.sh {x}/; s/trials: 6/trials: 9/' "$CASES/../data/quick.yaml" >study.yaml
echo 'yes fill | head -c 100000; echo loss=$1; echo cost=1' >fill.sh
ecopt run -q; echo $?
ecopt trials --format csv | grep -q '^1,complete' && echo kept
mount -o remount,size=20m .
ecopt run -q; echo $?
ecopt trials --format csv | grep -c complete
mount -o remount,ro .
ecopt run -q; echo $?
ecopt status | head -n 2
ecopt report; echo $?
ecopt init other.yaml; echo $?
