ecopt --version
