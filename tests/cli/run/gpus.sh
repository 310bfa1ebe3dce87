# GPUs are given by the environment; a run says when they are not as many as the file wants.
cat >study.yaml <<'F'
study: gpus
command: sh -c 'echo a={x}'
params: {x: {type: int, min: 1, max: 9}}
metrics: {a: {regex: 'a=(.)'}}
objectives: {a: max}
budget: {trials: 1, init: 1}
meter: {sources: none}
resources: {gpus: 2}
F
ecopt check -n 0 | tail -n 2
unset CUDA_VISIBLE_DEVICES
ecopt run 2>&1 | grep resources
CUDA_VISIBLE_DEVICES=0 ecopt run --trials 2 2>&1 | grep resources
CUDA_VISIBLE_DEVICES=GPU-1,GPU-2 ecopt run --trials 3 2>&1 | grep -c resources
sed -i 's/gpus: 2/gpus: 2, required: true/' study.yaml
CUDA_VISIBLE_DEVICES=0 ecopt run --trials 4 2>&1 | grep resources
