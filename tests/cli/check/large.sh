# 16 MiB is a limit of the input: exit status 2, as for anything else that is wrong with a file.
{ cat "$CASES/../data/quick.yaml"; head -c 16777216 /dev/zero | tr '\0' '#'; } >study.yaml
ecopt check; echo $?
ecopt run; echo $?
ecopt status; echo $?
ls
