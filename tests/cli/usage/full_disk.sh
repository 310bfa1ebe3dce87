ecopt help >/dev/full; echo $?
ecopt doctor -o /dev/full; echo $?
ecopt doctor --json >/dev/full; echo $?
ecopt init /dev/full --force; echo $?
ecopt completion bash >/dev/full; echo $?
