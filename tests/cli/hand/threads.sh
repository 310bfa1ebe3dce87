sed 's/^sampler:.*/sampler: {name: mobo, cost_aware: 0.5, kernel: rbf}/' "$CASES/../data/quick.yaml" >study.yaml
ecopt ask --threads 2
ECOPT_THREADS=3 ecopt ask
ecopt tell 1 loss=4 cost=96 energy_j=12
ecopt ask --threads 0; echo $?
ecopt run --threads 257; echo $?
ecopt ask --threads many; echo $?
ECOPT_THREADS=x ecopt ask; echo $?
ECOPT_THREADS=x ecopt ask --threads 1
# The settings of a sampler may change, its name may not.
sed -i 's/^sampler:.*/sampler: mobo/' study.yaml
ecopt ask
sed -i 's/^sampler:.*/sampler: {name: random}/' study.yaml
ecopt ask; echo $?
sed -i 's/^sampler:.*/sampler: {cost_aware: 2}/' study.yaml
ecopt check; echo $?
