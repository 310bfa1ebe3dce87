# What cannot be recorded is said before anything is.
ecopt record -t 1s --interval 20s; echo "exit $?"
ecopt record -t 1s -o no/such/folder; echo "exit $?"
ecopt record -t 1s --sources nothing; echo "exit $?"
printf 'sample,0,cpu,1,0\n' >t.csv
ecopt record -t 1s --sources replay:t.csv; echo "exit $?"
ecopt record -t; echo "exit $?"
ls
