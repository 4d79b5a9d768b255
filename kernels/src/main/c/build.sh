#!/bin/sh
# Compiles the C kernels into DIRECTORY/OS-ARCH/libsirocco.so, and says in build.txt beside it with what, or why not.
#   build.sh DIRECTORY
# CC names the compiler (default cc), which may be a cross compiler; SIROCCO_CFLAGS further flags, KEEP_OBJECTS a folder
# for the objects, AVX_VNNI_FLAGS other flags than -mavxvnni. Each instruction-set tier is an object of its own; one that
# this compiler cannot make is left out.
# Without a compiler the exit status is 0 all the same: the Vector API serves. With STRICT=1 either is an error.
set -u
sources=$(cd "$(dirname "$0")" && pwd)
compiler=${CC:-cc}
# x86_64-linux-gnu, aarch64-linux-gnu, arm64-apple-darwin24, ...
machine=$("$compiler" -dumpmachine 2> /dev/null) || machine=$(uname -m)-$(uname -s)
case $machine in
  arm64*) arch=aarch64 ;;
  amd64*) arch=x86_64 ;;
  *) arch=${machine%%-*} ;;
esac
case $machine in
  *[dD]arwin*) system=darwin ;;
  *[lL]inux*) system=linux ;;
  *) system=$(uname -s | tr A-Z a-z) ;;
esac
target=${1:?usage: build.sh DIRECTORY}/$system-$arch
library=$target/libsirocco.so
mkdir -p "$target" || exit 1

give_up() {
  rm -f "$library"
  printf '%s\n' "$1" > "$target/build.txt"
  if [ "${STRICT:-}" = 1 ]; then
    printf '[native kernels] %s\n' "$1" >&2
    exit 1
  fi
  printf '[native kernels] %s; the Vector API serves instead\n' "$1"
  exit 0
}

command -v "$compiler" > /dev/null 2>&1 || give_up "no C compiler: '$compiler' was not found (install one: Debian and Ubuntu: apt-get install gcc libc6-dev; Fedora: dnf install gcc; Alpine: apk add gcc musl-dev; or set CC; then build again)"

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

limits() { # tier flags...
  of=$1
  shift
  compile "limits_$of" limits.c "-DLIMIT=sirocco_limit_$of" -ffp-contract=fast "$@"
}

complain() { # log
  head -n 3 "$work/$1.log" | tr '\n' ' '
}

compile baseline baseline.c || give_up "the C compiler '$compiler' failed: $(complain baseline)"
limits baseline || give_up "the C compiler '$compiler' failed: $(complain limits_baseline)"
objects="$work/baseline.o $work/limits_baseline.o"
defines=
tiers=baseline

tier() { # name source flags...
  name=$1 source=$2
  shift 2
  if compile "$name" "$source" "$@" && limits "$name" "$@"; then
    objects="$objects $work/$name.o $work/limits_$name.o"
    defines="$defines -DSIROCCO_HAVE_$(printf %s "$name" | tr a-z A-Z)"
    tiers="$tiers $name"
    cat "$work/$name.log" "$work/limits_$name.log" >&2
  else
    cause=$(cat "$work/$name.log" "$work/limits_$name.log" 2> /dev/null | head -n 1)
    [ "${STRICT:-}" = 1 ] && give_up "the C compiler '$compiler' cannot make the tier $name: $cause"
    printf '[native kernels] left out %s: %s\n' "$name" "$cause"
  fi
}

case $arch in
  x86_64)
    tier avx2 avx2.c -mavx2 -mfma -mf16c
    # shellcheck disable=SC2086
    tier avx_vnni avx2.c -mavx2 -mfma -mf16c ${AVX_VNNI_FLAGS:--mavxvnni}
    avx512="-mavx2 -mfma -mf16c -mavx512f -mavx512bw -mavx512vl -mavx512dq -mavx512vnni"
    tier avx512_vnni avx512.c $avx512
    tier avx512_bf16 avx512.c $avx512 -mavx512bf16
    ;;
  aarch64)
    tier neon_dotprod neon.c -march=armv8.2-a+dotprod
    tier neon_i8mm neon.c -march=armv8.2-a+dotprod+i8mm
    ;;
esac

compile dispatch dispatch.c $defines || give_up "the C compiler '$compiler' failed: $(complain dispatch)"
"$compiler" -shared ${SIROCCO_CFLAGS:-} -o "$work/libsirocco.so" $objects "$work/dispatch.o" 2> "$work/link.log" ||
  give_up "linking with '$compiler' failed: $(complain link)"
mv "$work/libsirocco.so" "$library"
if [ -n "${KEEP_OBJECTS:-}" ]; then
  mkdir -p "$KEEP_OBJECTS" && cp "$work"/*.o "$KEEP_OBJECTS"
fi
printf '%s; tiers: %s\n' "$("$compiler" --version | head -n 1)" "$tiers" > "$target/build.txt"
printf '[native kernels] %s: %s' "$system-$arch" "$(cat "$target/build.txt")"
echo
