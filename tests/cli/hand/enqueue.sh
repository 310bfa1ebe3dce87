# Points of the user's own are run before any other; one that was evaluated elsewhere is a trial like the rest.
cp "$CASES/../data/quick.yaml" study.yaml
ecopt enqueue x=7 y=2
ecopt enqueue study.yaml y=1; echo $?
ecopt tell --new x=1 y=1 -- loss=5 cost=99
ecopt tell --new x=2 y=1 --infeasible 'too small'; echo $?
ecopt run -q
ecopt trials --format csv | cut -d , -f 1-3,5,11-12
# What is wrong with a point is said, and nothing is added.
for point in 'x=7 y=2' 'x=70 y=2' 'z=1' 'y' ''; do
    # shellcheck disable=SC2086
    ecopt enqueue $point; echo $?
done
ecopt tell --new x=3 y=3; echo $?
ecopt tell --new x=3 y=3 -- loss=1; echo $?
ecopt tell 3 -- loss=1 cost=2; echo $?
ecopt trials --format csv | wc -l
