#!/bin/sh
# Installs the tree into a fresh prefix, moves the prefix, then builds and runs the consumer against
# it: by pkg-config (shared and static) and by find_package (shared and static).
#
# usage: run.sh CMAKE BUILD_DIR
set -eu
cmake=$1
build=$2
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$cmake" --install "$build" --prefix "$work/first" >/dev/null
# A package that only works where it was first put would show now.
mv "$work/first" "$work/prefix"
prefix=$work/prefix
expected=$(sed -n 's/^#define ECOPT_VERSION_STRING "\(.*\)"/\1/p' "$prefix/include/ecopt/version.h")

check() { # PROGRAM
    got=$(LD_LIBRARY_PATH="$prefix/lib" "$1" | head -n 1)
    [ "$got" = "$expected" ] || { echo "$1: version '$got', expected '$expected'"; exit 1; }
    echo "ok: $(basename "$1")"
}

PKG_CONFIG_PATH=$prefix/lib/pkgconfig
export PKG_CONFIG_PATH
[ "$(pkg-config --modversion ecopt)" = "$expected" ]

# shellcheck disable=SC2046
cc -std=c99 -pedantic-errors -Wall -Werror $(pkg-config --cflags ecopt) "$here/consumer.c" \
    -o "$work/by-pkg-config" $(pkg-config --libs ecopt)
readelf -d "$work/by-pkg-config" | grep -q 'NEEDED.*libecopt\.so\.' ||
    { echo "by-pkg-config is not linked to libecopt.so.N"; exit 1; }
check "$work/by-pkg-config"

# The archive must be enough together with what the .pc file names.
# shellcheck disable=SC2046
cc -std=c99 $(pkg-config --cflags ecopt) "$here/consumer.c" -o "$work/by-pkg-config-static" \
    -Wl,--push-state,-Bstatic -L"$prefix/lib" -lecopt -Wl,--pop-state \
    $(pkg-config --static --libs ecopt | sed 's/-lecopt//')
if readelf -d "$work/by-pkg-config-static" | grep -q 'NEEDED.*libecopt'; then
    echo "by-pkg-config-static needs libecopt.so"
    exit 1
fi
check "$work/by-pkg-config-static"

"$cmake" -G Ninja -S "$here" -B "$work/build" -DCMAKE_PREFIX_PATH="$prefix" >"$work/log" 2>&1 &&
    "$cmake" --build "$work/build" >>"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
check "$work/build/with-shared"
check "$work/build/with-static"

# The program finds its library by itself, wherever the prefix is.
"$prefix/bin/ecopt" --version | grep -q "$expected"
"$prefix/bin/ecopt" completion bash | cmp - "$prefix/share/bash-completion/completions/ecopt"
for file in share/zsh/site-functions/_ecopt share/fish/vendor_completions.d/ecopt.fish \
    share/man/man1/ecopt.1 share/man/man5/study.yaml.5 share/man/man8/ecopt-energyd.8 share/doc/ecopt/LICENSE \
    share/doc/ecopt/contrib/ecopt-energyd.service share/doc/ecopt/contrib/ecopt-energyd.socket; do
    [ -s "$prefix/$file" ] || { echo "'$file' is not installed"; exit 1; }
done
echo "ok: bin/ecopt, completion, man pages, licence"
