# Energy that is not measured is missing, not 0.
ecopt measure --sources none -- true
ecopt measure --sources none --json -- true 2>&1 | grep -c '"energy_j": null'
