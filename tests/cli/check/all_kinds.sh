cat >study.yaml <<'END'
study: kinds
command:
  train: ./cnn train --width {width} --lr {lr} --out {trial.dir}/model
  evaluate: [./cnn, test, '{trial.dir}/model', 'an argument']
  timeout: 10min
params:
  width:  {type: int, min: 4, max: 64, log: true, default: 16}
  depth:  {type: int, min: 1, max: 4}
  lr:     {type: float, min: 1e-4, max: 1e-2, log: true}
  pool:   {type: bool}
  kernel: {type: choice, values: [1, 3, 5], ordered: true, when: depth > 1}
  opt:    [sgd, adam]
  epochs: 10
metrics:
  accuracy: {regex: 'accuracy: ([0-9.]+)'}
  samples:  {json: result.json, pointer: /n}
objectives:
  accuracy:      {goal: max, threshold: 0.75}
  evaluate.j_per_sample: {goal: min}
constraints: [evaluate.time_s <= 60, width * depth <= 256]
budget: {trials: 30, init: 6, energy: 2kWh, time: 3h}
meter: {sources: auto}
carbon: {country: GBR, pue: 1.2}
END
ecopt check
