ecopt run -q --sampler sobol --name quick -n 4 -P x=int:0..20:default=4 -P 'y=a|b' -P z=bool \
    -P w=float:1e-3..1:log -M 'loss=loss=([0-9.]+)' -O loss=min --save \
    -- sh -c 'echo loss={x}.{y}{z}'
echo $?
cat quick.yaml
ecopt trials --dir quick.ecopt --format csv | grep -c complete
ecopt run -q quick.yaml; echo $?
