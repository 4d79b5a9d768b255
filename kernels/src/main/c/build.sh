#!/bin/sh
# Compiles the C kernels into DIRECTORY/OS-ARCH/libsirocco.so, and says in build.txt beside it with what, or why not.
#   build.sh DIRECTORY
# CC names the compiler (default cc), SIROCCO_CFLAGS further flags, KEEP_OBJECTS a folder for the objects. Each instruction-set tier is an object of its own; one that this
# compiler cannot make is left out. Without a compiler the exit status is 0 all the same: the Vector API serves.
set -u
sources=$(cd "$(dirname "$0")" && pwd)
compiler=${CC:-cc}
system=$(uname -s | tr A-Z a-z)
target=${1:?usage: build.sh DIRECTORY}/$system-$(uname -m)
library=$target/libsirocco.so
mkdir -p "$target" || exit 1

give_up() {
  rm -f "$library"
  printf '%s\n' "$1" > "$target/build.txt"
  printf '[native kernels] %s; the Vector API serves instead\n' "$1"
  exit 0
}

command -v "$compiler" > /dev/null 2>&1 || give_up "no C compiler: '$compiler' was not found (install gcc or clang, or set CC, and build again)"

newest=$(ls -t "$sources"/*.c "$sources"/*.h "$sources"/build.sh "$library" 2> /dev/null | head -n 1)
[ "$newest" = "$library" ] && exit 0

work=$(mktemp -d "${TMPDIR:-/tmp}/sirocco-native.XXXXXX") || give_up "no temporary folder could be made"
trap 'rm -rf "$work"' EXIT

compile() { # object source flags...
  object=$1 source=$2
  shift 2
  "$compiler" -std=c11 -O3 -fPIC -fvisibility=hidden -ffp-contract=off -fno-math-errno -Wall -Wextra ${SIROCCO_CFLAGS:-} "$@" \
    -c "$sources/$source" -o "$work/$object.o" 2> "$work/$object.log"
}

compile baseline baseline.c || give_up "the C compiler '$compiler' failed: $(head -n 3 "$work/baseline.log" | tr '\n' ' ')"
objects=$work/baseline.o
defines=
tiers=baseline

tier() { # name source flags...
  name=$1 source=$2
  shift 2
  if compile "$name" "$source" "$@"; then
    objects="$objects $work/$name.o"
    defines="$defines -DSIROCCO_HAVE_$(printf %s "$name" | tr a-z A-Z)"
    tiers="$tiers $name"
  else
    printf '[native kernels] left out %s: %s\n' "$name" "$(head -n 1 "$work/$name.log")"
  fi
}

case $("$compiler" -dumpmachine) in
  x86_64*)
    tier avx2 avx2.c -mavx2 -mfma -mf16c
    avx512="-mavx2 -mfma -mf16c -mavx512f -mavx512bw -mavx512vl -mavx512dq -mavx512vnni"
    tier avx512_vnni avx512.c $avx512
    tier avx512_bf16 avx512.c $avx512 -mavx512bf16
    ;;
esac

compile dispatch dispatch.c $defines || give_up "the C compiler '$compiler' failed: $(head -n 3 "$work/dispatch.log" | tr '\n' ' ')"
"$compiler" -shared ${SIROCCO_CFLAGS:-} -o "$work/libsirocco.so" $objects "$work/dispatch.o" 2> "$work/link.log" ||
  give_up "linking with '$compiler' failed: $(head -n 3 "$work/link.log" | tr '\n' ' ')"
mv "$work/libsirocco.so" "$library"
if [ -n "${KEEP_OBJECTS:-}" ]; then
  mkdir -p "$KEEP_OBJECTS" && cp "$work"/*.o "$KEEP_OBJECTS"
fi
printf '%s; tiers: %s\n' "$("$compiler" --version | head -n 1)" "$tiers" > "$target/build.txt"
printf '[native kernels] %s' "$(cat "$target/build.txt")"
echo
