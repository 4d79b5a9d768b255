#!/bin/sh
# Builds the C kernels with their check program and runs it: as they are packaged; where the compiler has them, with
# AddressSanitizer and UndefinedBehaviorSanitizer; on CPUs with AVX-512 VNNI but not AVX-VNNI, the latter's tier by the
# same instructions of the former; and, where Debian's gcc-aarch64-linux-gnu and qemu-user are installed,
# those for AArch64 in an emulator. The exit status tells whether all that could be run passed.
#   check.sh DIRECTORY     (CC names the compiler; default cc)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
sources=$here/../../main/c
target=${1:?usage: check.sh DIRECTORY}
compiler=${CC:-cc}

run() { # name compiler flags emulator...
  name=$1 with=$2 flags=$3
  shift 3
  rm -rf "${target:?}/$name"
  KEEP_OBJECTS=$target/$name/objects SIROCCO_CFLAGS=$flags CC=$with STRICT=${strict:-} "$sources/build.sh" "$target/$name" > "$target/$name.log"
  cat "$target/$name.log"
  # shellcheck disable=SC2086
  "$with" -std=c11 -O1 $flags ${static:-} -I"$sources" -o "$target/$name/check" "$here/check.c" "$target/$name"/objects/*.o -lm
  "$@" "$target/$name/check"
}

mkdir -p "$target"
if command -v "$compiler" > /dev/null 2>&1; then
  run plain "$compiler" ""
  sanitizers="-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer"
  # shellcheck disable=SC2086
  if printf 'int main(void) { return 0; }\n' | "$compiler" $sanitizers -x c -o "$target/probe" - > /dev/null 2>&1 && "$target/probe"; then
    run sanitized "$compiler" "$sanitizers"
  else
    echo "[native check] skipped: '$compiler' has no sanitizers"
  fi
  if grep -q avx512_vnni /proc/cpuinfo 2> /dev/null && ! grep -qw avx_vnni /proc/cpuinfo; then
    AVX_VNNI_FLAGS="-mavx512f -mavx512vl -mavx512vnni -D__AVXVNNI__ -D_mm256_dpbusd_avx_epi32=_mm256_dpbusd_epi32
      -D_mm256_dpwssd_avx_epi32=_mm256_dpwssd_epi32"
    export AVX_VNNI_FLAGS
    run avx-vnni-emulated "$compiler" -DEMULATED_VNNI
    unset AVX_VNNI_FLAGS
  fi
else
  echo "[native check] skipped: no C compiler '$compiler'"
fi

emulator=$(command -v qemu-aarch64 || command -v qemu-aarch64-static || true)
if [ "$(uname -m)" = aarch64 ]; then
  : # checked above
elif [ -n "$emulator" ] && command -v aarch64-linux-gnu-gcc > /dev/null 2>&1; then
  strict=1 static=-static
  run aarch64 aarch64-linux-gnu-gcc "" "$emulator" -cpu max
  echo "[native check] AArch64 CPU with dot products alone:"
  "$emulator" -cpu cortex-a76 "$target/aarch64/check" tiers
  echo "[native check] AArch64 CPU without either:"
  "$emulator" -cpu cortex-a53 "$target/aarch64/check" tiers
else
  echo "[native check] skipped: AArch64 kernels need Debian's gcc-aarch64-linux-gnu and qemu-user"
fi
