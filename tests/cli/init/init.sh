ecopt init && grep -c '^' study.yaml
ecopt init; echo $?
echo mine >study.yaml
ecopt init; cat study.yaml
ecopt init -f && head -n 1 study.yaml
ecopt -q init other.yaml && cmp study.yaml other.yaml && echo same
ecopt init - | cmp - study.yaml && echo same
