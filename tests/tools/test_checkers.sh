#!/bin/sh
# The checkers find what they are there to find: each case is a small tree with one fault.
set -eu
tools=$(cd "$(dirname "$0")/../../tools" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n=0

fresh() {
    rm -rf "$work/tree"
    mkdir -p "$work/tree/src/core" "$work/tree/src/num" "$work/tree/cli" "$work/tree/examples/x"
    cd "$work/tree"
    cp "$tools/../.clang-format" .
    printf 'core:\nnum: core\n<cblas.h>: num/linalg\n' >src/LAYERS
    echo '/* Core. */' >src/core/a.h
    printf '/* Num. */\n#include "core/a.h"\n' >src/num/linalg.c
}

expect() { # TOOL WORD: the tool fails and says WORD
    if "$tools/$1" "$work/tree" >"$work/out" 2>&1; then
        echo "$1 found nothing, expected: $2"
        exit 1
    fi
    grep -q -e "$2" "$work/out" || { echo "$1 did not say '$2':"; cat "$work/out"; exit 1; }
    n=$((n + 1))
}

fresh
"$tools/check-layers" "$work/tree" >/dev/null
fresh; echo '#include "num/b.h"' >src/core/a.c; expect check-layers 'core may not include num'
fresh; echo '#include "a.h"' >src/core/a.c; expect check-layers 'name the layer'
fresh; echo '#include <cblas.h>' >src/core/a.c; expect check-layers 'only num/linalg may'
fresh; mkdir src/odd; echo '#include <stdio.h>' >src/odd/a.c; expect check-layers 'no layer'
fresh; echo '#include "core/a.h"' >cli/a.c; expect check-layers 'cli/ may include'
fresh; echo '#include "../src/core/a.h"' >cli/a.c; expect check-layers 'cli/ may include'
fresh; echo '#include <ecopt/ctx.h>' >examples/x/a.c; expect check-layers 'knows nothing'
fresh; printf 'core: num\nnum: core\n' >src/LAYERS; expect check-layers 'stands above'
# What stands in a comment or in a text is no include and no call.
fresh; printf '/*\n#include "num/b.h"\n*/\n' >src/core/a.c; "$tools/check-layers" "$work/tree" >/dev/null

function_of() { # LINES
    printf '/* F. */\nint f(void);\nint f(void)\n{\n    int a = 0;\n'
    awk -v n="$1" 'BEGIN { for (i = 6; i <= n; i++) print "    a += 1; /* One more. */" }'
    printf '    return a;\n}\n'
}

fresh; function_of 90 >src/core/a.c; sed -i 's/int f/int  f/' src/core/a.c; expect check-style clang-format
fresh; function_of 91 >src/core/a.c; expect check-style 'f has 91 lines'
fresh; function_of 61 >src/core/a.c; expect check-style 'above 60 lines'
fresh; awk 'BEGIN { print "/* L. */"; for (i = 1; i <= 600; i++) print "/* More. */" }' >src/core/a.h
expect check-style 'more than 600'
fresh; awk 'BEGIN { print "/* Few. */"; for (i = 1; i < 50; i++) printf "extern int a%d;\n", i }' >src/core/a.h
expect check-style 'comment share'
fresh; printf '/* P. */\nvoid f(int, int, int, int, int, int, int, int);\nvoid f(int a, int b, int c, int d, int e, int g, int h, int i)\n{\n}\n' >src/core/a.c
expect check-style '8 parameters'
for call in 'exit(1)' 'abort()' 'printf("x")' 'atoi("1")' 'strcpy(a, b)' 'sprintf(a, "x")' 'rand()'; do
    fresh
    printf '/* Calls. */\nvoid f(void);\nvoid f(void)\n{\n    /* Why. */\n    %s;\n}\n' "$call" >src/core/a.c
    expect check-style "${call%%(*}().*banned"
done
fresh
printf '/* Texts. */\nconst char *f(void);\nconst char *f(void)\n{\n    /* not exit(1) */\n    return "abort()";\n}\n' >src/core/a.c
printf "extern int a;\nextern int b;\nextern int c;\nextern int d;\n" >>src/core/a.h
"$tools/check-style" "$work/tree" >"$work/out" 2>&1 || { cat "$work/out"; exit 1; }

echo "checkers: $n faults found"
