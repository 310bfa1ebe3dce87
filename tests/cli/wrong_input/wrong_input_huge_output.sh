# A gigabyte of output, and a line without an end: read through, kept up to a limit, the number at
# the end is found.
. "$CASES/../data/study.sh"
begin
wrong 'head -c 1000000000 /dev/zero; echo; '"$good"
du -s --apparent-size --block-size=1M s.ecopt/trials | awk '{ print ($1 < 64 ? "small" : "large: " $1) }'
# Two streams have no order but in time: the good number is through before the flood begins.
program "$good"'; sleep 0.3; yes "loss=oops" | head -c 30000000 >&2'
ecopt run -q -n 4; reasons | tail -n 1
mend
