cp "$CASES/../data/quick.yaml" study.yaml
ecopt run -q
ecopt report; echo $?
grep -c '<html' quick.html
ecopt report -o - 2>&1 | cmp - quick.html && echo same
ecopt report -o page.html -q && cmp page.html quick.html
ecopt report -o /dev/full; echo $?
ecopt report -o nowhere/page.html; echo $?
grep -Eo '(src|href)="(https?:)?//[^"]*' quick.html | head -n 3
