# What is added up is asked for here too, and judged.
ecopt compare --total wholes true true; echo $?
ecopt run -P x=int:1..2 -O time_s=min --total most -n 1 -- true; echo $?
ecopt run -q -P x=int:1..2 -O time_s=min --total parts -n 1 --dir t.ecopt -- true >/dev/null; echo $?
