# Objectives that are neither built in nor matched by -M are reported by the program.
ecopt run -q -n 8 --name r -P level=int:1..9 -O ratio=min -O energy_j=min --save \
    -- sh -c 'echo "[ecopt] {{\"ratio\": {level}}}"'; echo $?
cat r.yaml
ecopt trials r.ecopt --format csv | grep -c '^[1-8],complete'
ecopt run -q -n 2 --name l -P level=int:1..9 -O ratio=min -- ecopt log 'ratio={level}'; echo $?
# A slip in a built-in name is no metric of the program.
ecopt run -P x=bool -O evaluate.energyj=min -- true '{x}'; echo $?
ecopt run -P x=bool -O carbon_g=min -- true '{x}'; echo $?
ls
