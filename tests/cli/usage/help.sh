ecopt help
ecopt --help >a && ecopt -h >b && ecopt help | cmp - a && cmp a b && echo same
