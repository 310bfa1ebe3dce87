# All at once, each with its place; nothing is run or left behind.
cat >study.yaml <<'END'
study: bad name
comand: ./train
command: ./train {lrr}
params:
  lr: {type: float, min: 0.1, max: 0.01}
  n: {type: integer, min: 1, max: 4}
  lr: {type: bool}
objectives: {acuracy: max, evaluate.enrgy_j: min}
budget: {trials: many}
END
ecopt check; echo $?
ecopt run 2>/dev/null; echo $?
ls
