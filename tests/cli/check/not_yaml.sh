printf 'study: [a\nb: }\n' >broken.yaml
ecopt check broken.yaml 2>&1 | head -n 2; echo ${PIPESTATUS[0]}
: >empty.yaml
ecopt check empty.yaml >/dev/null 2>&1; echo $?
printf '\377\376\0' >binary.yaml
ecopt check binary.yaml >/dev/null 2>&1; echo $?
ecopt check . ; echo $?
ecopt check nowhere.yaml; echo $?
ecopt check; echo $?
