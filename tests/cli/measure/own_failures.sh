touch plain
ecopt measure -- ./nosuch; echo $?
ecopt measure -- ./plain; echo $?
ecopt measure; echo $?
ecopt measure --nonsense true; echo $?
ecopt measure -r 0 true; echo $?
ecopt measure -r 99999999 true; echo $?
ecopt measure --unit tokens true; echo $?
ecopt measure --unit 'tokens=(' true 2>/dev/null; echo $?
ecopt measure --country XXX true; echo $?
ecopt measure --require measured true; echo $?
ecopt measure --sources rapl-perf true 2>/dev/null; echo $?
ecopt measure --sources nosuch true 2>/dev/null; echo $?
ecopt measure -o /dev/full true; echo $?
ecopt measure --record nowhere/trace true 2>/dev/null; echo $?
