cp "$CASES/../data/quick.yaml" study.yaml
ecopt -q ask >/dev/null
ecopt tell; echo $?
ecopt tell one loss=1; echo $?
ecopt tell 1; echo $?
ecopt tell 1 loss; echo $?
ecopt tell 1 loss=nan cost=1; echo $?
ecopt tell 1 loss=1; echo $?
ecopt tell 1 loss=1 loss=2; echo $?
ecopt tell 1 --failed a --infeasible b; echo $?
ecopt tell 7 loss=1 cost=1; echo $?
ecopt tell 1 loss=1 cost=1; echo $?
ecopt tell 1 loss=1 cost=1; echo $?
