ecopt run -P x=int:0..4; echo $?
ecopt run -- true; echo $?
ecopt run -P x=int:0..4 -O loss=min study.yaml -- true; echo $?
for spec in x x= =int:1..2 x=int:1 x=int:1..2:lgo x=float:..2 x=maybe; do
    ecopt run -P "$spec" -O loss=min -- true 2>&1 | head -n 1
done
ecopt run -P x=bool -O loss -- true; echo $?
ecopt run -P x=bool -O loss=best -- true 2>&1 | head -n 1
ls
