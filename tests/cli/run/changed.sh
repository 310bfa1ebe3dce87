# A study goes on under a changed file where that means the same, and says what it refuses and why.
cp "$CASES/../data/quick.yaml" study.yaml
ecopt run -q -n 4 >/dev/null
ecopt enqueue x=20 y=0
points() { ecopt trials --format csv | cut -d , -f 1,2,11-13; }

# Narrower bounds: what lies outside is on record and not used, what waited there is given up.
sed -i 's/max: 20/max: 12/; s/trials: 6/trials: 9/' study.yaml
ecopt run -n 6 2>&1 | sed -n '/^warning/p; /on the front/p'
points
# A new parameter with a default, passed on by the command: the trials so far were run with it.
sed -i "s/^  y: .*/&\n  z: {type: int, min: 0, max: 9, default: 5}/; s/sh -c 'echo/sh -c 'Z={z}; echo/" study.yaml
ecopt run -q -n 7
points
ecopt show 7 | grep revision
ecopt show 7 --json | grep '"revision"'
# Wider again: all of them count again.
sed -i 's/max: 12/max: 30/' study.yaml
ecopt run -q -n 8
ecopt front --json | grep -c '"trial"'

# What is refused is named with old and new value, and nothing is changed.
cp study.yaml good.yaml
change() { cp good.yaml study.yaml && sed -i "$1" study.yaml && ecopt run -q "${@:2}"; echo "$?"; }
change 's/  z: .*/  z: {type: float, min: 0, max: 9, default: 5}/'
change 's/  y: .*/&\n  w: {type: int, min: 0, max: 9}/'
change '/  z: /d; s/Z={z}; //'
change 's/loss: {goal: min/loss: {goal: max/'
change 's/seed: 3/seed: 4/'
change 's/Z={z};/Z={z}; true;/'
change 's/Z={z};/Z={z}; true;/' --accept-change
cp study.yaml good.yaml
change 's/nothing//'
