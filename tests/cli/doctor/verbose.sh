# What each kind that is not there would need is said only when asked for.
ecopt doctor --verbose
