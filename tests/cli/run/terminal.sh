# On a terminal: a live line below a line for each trial; nothing of it elsewhere.
cp "$CASES/../data/quick.yaml" study.yaml
TERM=xterm script -qec 'stty cols 60; ecopt run --color never' /dev/null </dev/null >out
grep -ao '\[[#-]*\] [0-9]/6  ETA' out | sort -u
grep -ac '^.*trial 6/6 complete' out
# No line is longer than the terminal.
tr '\r' '\n' <out | grep -a '^\[' | sed 's/\x1b\[K//' | awk 'length($0) > 59' | head -n 3
