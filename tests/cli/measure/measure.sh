# The report goes to stderr, stdout is the program's, also its status.
ecopt measure -r 3 -w 1 -- sh -c 'echo out; echo err >&2'; echo $?
