ecopt
