ecopt doctor --require measured >/dev/null; echo $?
ecopt doctor --require modelled-generic >/dev/null; echo $?
ecopt doctor --require excellent >/dev/null; echo $?
ecopt doctor --sources rapl-prf >/dev/null; echo $?
