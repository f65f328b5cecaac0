#!/bin/sh
# Makes builtin_ptx.h from builtin.cu: usage: builtin_ptx.sh [NVCC]. With --check it compares instead
# and exits 1 if the header is not what this nvcc makes.
#
# nvcc writes PTX of its own version for the oldest architecture that it knows; the kernels use
# nothing newer than PTX 6.5 and sm_70, so that is what the text is marked as: every driver since
# then takes it.
set -eu
cd "$(dirname "$0")"
check=no
if [ "${1-}" = --check ]; then
    check=yes
    shift
fi
nvcc=${1:-nvcc}
arch=$("$nvcc" --list-gpu-arch | sort -t_ -k2n | head -n 1)
out=$(mktemp)
trap 'rm -f "$out" "$out.ptx"' EXIT
"$nvcc" -ptx -O3 -std=c++17 "-arch=$arch" -o "$out.ptx" builtin.cu
{
    echo "/* Made by builtin_ptx.sh from builtin.cu; do not edit. */"
    echo "/* clang-format off */"
    echo "/* C compilers need not take strings this long; gcc and clang do. */"
    echo "#pragma GCC diagnostic push"
    echo '#pragma GCC diagnostic ignored "-Woverlength-strings"'
    echo "static const char builtin_ptx[] ="
    sed -e 's|//.*||' -e 's/^\.version .*/.version 6.5/' -e 's/^\.target .*/.target sm_70/' \
        -e 's/[[:space:]]*$//' -e '/^$/d' -e 's/\\/\\\\/g' -e 's/"/\\"/g' \
        -e 's/^/    "/' -e 's/$/\\n"/' "$out.ptx"
    echo "    ;"
    echo "#pragma GCC diagnostic pop"
} >"$out"
if [ $check = yes ]; then
    cmp "$out" builtin_ptx.h
else
    cat "$out" >builtin_ptx.h
fi
