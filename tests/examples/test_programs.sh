#!/bin/sh
# ecopt-cnn, idx2libsvm and compress.sh from the outside: results, messages and exit statuses.
#
# usage: test_programs.sh BIN_DIR EXAMPLES_DIR
set -eu
PATH=$1:$PATH
examples=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
unset ECOPT_RESULT ECOPT_EXIT_INFEASIBLE
n=0

expect() { # STATUS WORD COMMAND...: the command ends so and says WORD
    wanted=$1 word=$2
    shift 2
    status=0
    "$@" >out 2>&1 || status=$?
    case $word in
    '') said=true ;;
    *) grep -q -e "$word" out && said=true || said=false ;;
    esac
    if [ $status -ne "$wanted" ] || ! $said; then
        echo "FAILED: $*"
        echo "exit status $status, expected $wanted and '$word':"
        cat out
        exit 1
    fi
    n=$((n + 1))
}

# 60 images of 4 x 4 pixels: class 0 is dark, class 1 is bright.
idx() { # SET
    { printf '\0\0\10\3\0\0\0\74\0\0\0\4\0\0\0\4'
      for _ in $(seq 30); do printf '                zzzzzzzzzzzzzzzz'; done; } >"$1-images-idx3-ubyte"
    { printf '\0\0\10\1\0\0\0\74'
      for _ in $(seq 30); do printf '\0\1'; done; } >"$1-labels-idx1-ubyte"
}
mkdir data
cd data && idx train && idx t10k && cd ..

if command -v ecopt-cnn >/dev/null; then
    train() { # FLAG...: a later flag wins over an earlier one
        ecopt-cnn train --data data --out model --width 2 --depth 2 --batch 8 "$@"
    }

    expect 0 'usage: ecopt-cnn train' ecopt-cnn --help
    expect 0 'usage: ecopt-cnn train' ecopt-cnn train --help
    expect 0 'parameters: 148' train --epochs 8 --lr 0.02
    expect 0 '^accuracy: 1.0000' ecopt-cnn test model --data data
    expect 0 '^samples: 60$' ecopt-cnn test model --data data
    expect 0 '^samples: 150$' ecopt-cnn test model --data data --samples 50 --repeat 3
    expect 0 'epoch 1/1' train --epochs=1 --pool=false --kernel 1
    expect 0 'note: 2 layers are not pooled' train --epochs 1 --depth 5

    # Steps on the way, at even distances whatever the number of epochs.
    expect 0 '"step": 4, "accuracy": ' train --epochs 2 --reports 4
    [ "$(grep -c '^.ecopt. {"step": ' out)" -eq 4 ] || { echo "not 4 steps:"; cat out; exit 1; }

    # The profile: samples, and no number that a study could take for a result of the test.
    expect 0 '^profiled 60 images' ecopt-cnn profile --data data --width 2 --depth 2
    if grep -q accuracy out; then echo "the profile tells an accuracy"; exit 1; fi
    expect 0 '^profiled 150 images' env ECOPT_RESULT="$work/result.json" \
        ecopt-cnn profile --data data --width 2 --samples 50 --repeat 3
    grep -qx '{"samples": 150}' result.json || { echo "unexpected result file:"; cat result.json; exit 1; }
    expect 2 'no flag of this verb' ecopt-cnn profile --lr 0.1
    expect 2 'even' ecopt-cnn profile --kernel 2

    # The result file holds the same numbers as one JSON object.
    expect 0 '^accuracy' env ECOPT_RESULT="$work/result.json" ecopt-cnn test model --data data
    grep -q '^{"accuracy": [01]\.[0-9]*, "samples": 60, "parameters": [0-9]*, "flops_per_sample": [0-9]*}$' \
        result.json || { echo "unexpected result file:"; cat result.json; exit 1; }
    expect 1 "cannot write '/nonexistent/r'" env ECOPT_RESULT=/nonexistent/r ecopt-cnn test model --data data

    # The command line.
    expect 2 'no verb' ecopt-cnn
    expect 2 "'trian' is no verb" ecopt-cnn trian
    expect 2 "'--wdith' is no flag" train --wdith 3
    expect 2 'needs a value' train --lr
    expect 2 "'abc' is no number" train --lr abc
    expect 2 "'nan' is no number" train --lr nan
    expect 2 "'2.5' is no whole number" train --width 2.5
    expect 2 'outside 1 to 1024' train --width 0
    expect 2 'outside' train --epochs -1
    expect 2 'neither true nor false' train --pool yes
    expect 2 'is even' train --kernel 4
    expect 2 'unexpected argument' train more
    expect 2 'needs --out' ecopt-cnn train --data data
    expect 2 'needs a model' ecopt-cnn test
    expect 2 'unexpected argument' ecopt-cnn test model model
    expect 2 "'--epochs' is no flag" ecopt-cnn test model --epochs 2
    expect 2 'nothing to validate' train --train-samples 1

    # Files.
    expect 1 'No such file' train --data nowhere
    expect 1 'No such file' ecopt-cnn test nothing --data data
    expect 1 'no model of ecopt-cnn' ecopt-cnn test data/t10k-labels-idx1-ubyte --data data
    expect 1 'cannot write' train --epochs 1 --out /nonexistent/model
    : >empty
    expect 1 'no model' ecopt-cnn test empty --data data
    head -c 200 model >short
    expect 1 'damaged' ecopt-cnn test short --data data
    mkdir other
    printf '\0\0\10\3\0\0\0\2\0\0\0\1\0\0\0\2abcd' >other/t10k-images-idx3-ubyte
    printf '\0\0\10\1\0\0\0\2\0\1' >other/t10k-labels-idx1-ubyte
    expect 1 'is for 4 x 4 pixels' ecopt-cnn test model --data other
    printf '\0\0\10\3\0\0\0\2\0\0\0\1\0\0\0\2ab' >other/t10k-images-idx3-ubyte
    expect 1 'truncated: 2 more bytes' ecopt-cnn test model --data other
    if [ -w /dev/full ]; then
        # Through a file of its own: /dev/full replaces the output that expect looks at.
        expect 1 'cannot write to stdout' sh -c 'ecopt-cnn test model --data data >/dev/full'
        expect 1 'cannot write' sh -c 'idx2libsvm t10k --data data --out /dev/full'
    fi

    # Points that cannot work, and training that does not.
    expect 1 'a batch of 64' train --batch 64
    expect 99 'a batch of 64' env ECOPT_EXIT_INFEASIBLE=99 ecopt-cnn train --data data --out model --batch 64
    expect 99 'needs about' env ECOPT_EXIT_INFEASIBLE=99 ecopt-cnn train --data data --out model \
        --width 1024 --depth 16 --memory-limit-mib 8 --batch 8
    expect 3 'diverged' train --epochs 9 --lr 1e30
    for left in model.*; do
        [ ! -e "$left" ] || { echo "'$left' was left behind"; exit 1; }
    done
fi

expect 0 '^1 1:0.4784 2:0.4784 3:0.4784 4:0.4784$' idx2libsvm t10k --data data --shrink 2
expect 0 '^0 1:0.1255 ' idx2libsvm t10k --data data --samples 3
[ "$(wc -l <out)" -eq 3 ] || { echo "expected 3 lines"; exit 1; }
expect 0 '' idx2libsvm train --data data --out train.txt
[ "$(wc -l <train.txt)" -eq 60 ] || { echo "expected 60 lines"; exit 1; }
expect 0 'usage: idx2libsvm' idx2libsvm --help
expect 2 'which images' idx2libsvm
expect 2 'which images' idx2libsvm --data data valid
expect 2 'is no flag' idx2libsvm --size 3 train
expect 2 'needs a value' idx2libsvm train --shrink
expect 2 'no whole number' idx2libsvm train --samples x
expect 2 'leaves nothing' idx2libsvm train --data data --shrink 5
expect 1 'No such file' idx2libsvm train --data nowhere
expect 1 'cannot write' idx2libsvm train --data data --out /nonexistent/x
if command -v svm-train >/dev/null; then
    expect 0 '' svm-train -q -t 2 train.txt svm.model
    expect 0 'Accuracy = 100% (60/60)' svm-predict train.txt svm.model answers
fi

compress=$examples/shell/compress.sh
expect 0 '^\[ecopt\] {"ratio": [0-9.]*, "bytes": [0-9]*}$' "$compress" pack gzip 9 train.txt packed
[ ! -e packed.raw ] || { echo "compress.sh left its raw file"; exit 1; }
expect 0 '' "$compress" unpack gzip packed
gzip -c train.txt >train.txt.gz
expect 0 'ratio' "$compress" pack gzip 1 train.txt.gz packed
expect 2 'usage' "$compress"
expect 2 'usage' "$compress" pack gzip 1
expect 2 'usage' "$compress" crush gzip
expect 2 'none of gzip' "$compress" pack zoo 1 train.txt packed
expect 2 'none of 1 to 9' "$compress" pack gzip 10 train.txt packed
expect 1 'cannot read' "$compress" pack gzip 1 nothing packed
: >empty
expect 1 'is empty' "$compress" pack gzip 1 empty packed
expect 1 'cannot unpack' "$compress" unpack gzip train.txt
# A machine without the tool: only what the script needs to say so is on its PATH.
mkdir bare
ln -s "$(command -v sh)" bare/sh
expect 98 "'gzip' is not installed" env ECOPT_EXIT_INFEASIBLE=98 PATH=bare sh "$compress" pack gzip 1 train.txt packed

# Each row of the list is something that zstd takes, and what the study looks for is printed.
if command -v zstd >/dev/null; then
    while IFS=, read -r level strategy window; do
        [ "$level" != level ] || continue
        cp train.txt images
        expect 0 '[0-9.]*%' zstd --rm -f "-$level" --zstd="strategy=$strategy,wlog=$window" images -o packed
        [ ! -e images ] || { echo "zstd --rm left its input"; exit 1; }
    done <"$examples/zstd/points.csv"
    expect 0 '' zstd -q -t packed
fi

echo "test_programs: $n cases"
