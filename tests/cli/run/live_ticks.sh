# On a terminal the line moves while a trial runs: it is redrawn with a later time, without an event.
# The program waits until that was seen, so a slow machine only makes the test longer.
printf '#!/bin/sh\nuntil [ -e go ]; do sleep 0.1; done\necho loss=$1\n' >program
chmod +x program; : >out
(TERM=xterm script -qfec 'stty cols 100; ecopt run --color never -n 1 --name live -P x=int:1..9 -O loss=min -M "loss=loss=(.)" -- ./program "{x}"' out </dev/null >/dev/null) &
for i in $(seq 300); do
    n=$(tr '\r' '\n' <out 2>/dev/null | grep -ao '0/1  [0-9.]* s  front 0  trial 1 evaluate' | sort -u | wc -l)
    [ "$n" -ge 3 ] && break
    sleep 0.1
done
touch go
wait
[ "$n" -ge 3 ] && echo 'it moved'
ecopt trials live.ecopt --format csv | cut -d , -f 1-3
