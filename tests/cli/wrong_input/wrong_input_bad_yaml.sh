# Bad YAML: where and why, exit 2, nothing made; mended, the study goes on with what it had.
. "$CASES/../data/study.sh"
printf 'study: [a\nb: }\n' >study.yaml
ecopt check; echo "check $?"
ecopt run; echo "run $?"
ecopt ask; echo "ask $?"
ls
begin
cp study.yaml kept.yaml
printf 'study: s\ncommand: "./program {x}\nparams: {\n' >study.yaml
ecopt run -q; echo "run $?"
printf 'study: s\n\tcommand: x\n' >study.yaml
ecopt run -q; echo "run $?"
printf '\377\376s\0t\0' >study.yaml
ecopt run -q; echo "run $?"
# Looking at what is there needs no file.
ecopt status --dir s.ecopt | sed -n 2p
cp kept.yaml study.yaml
mend
