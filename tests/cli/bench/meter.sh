ecopt-bench meter --case drift --seeds 3 | awk 'NR == 1 { print $1, $2, $3, $4, $5, $6, $7 } NR > 1 { n++; n_unlike += $2 != "drift" } END { print n, n_unlike }'
ecopt-bench meter --case rapl-1ms --seeds 2 --json | grep -c '"backend": "rapl-1ms"'
