#!/bin/sh
# Builds the C kernels with their check program and runs it: once as they are packaged, and, where the compiler
# has them, with AddressSanitizer and UndefinedBehaviorSanitizer.
#   check.sh DIRECTORY     (CC names the compiler; default cc)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
sources=$here/../../main/c
target=${1:?usage: check.sh DIRECTORY}
compiler=${CC:-cc}
if ! command -v "$compiler" > /dev/null 2>&1; then
  echo "[native check] no C compiler '$compiler'; nothing checked"
  exit 0
fi

run() { # name flags
  rm -rf "$target/$1"
  KEEP_OBJECTS=$target/$1/objects SIROCCO_CFLAGS=$2 CC=$compiler "$sources/build.sh" "$target/$1" > "$target/$1.log"
  cat "$target/$1.log"
  "$compiler" -std=c11 -O1 $2 -I"$sources" -o "$target/$1/check" "$here/check.c" "$target/$1"/objects/*.o -lm
  "$target/$1/check"
}

mkdir -p "$target"
run plain ""
sanitizers="-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer"
if printf 'int main(void) { return 0; }\n' | "$compiler" $sanitizers -x c -o "$target/probe" - > /dev/null 2>&1 && "$target/probe"; then
  run sanitized "$sanitizers"
else
  echo "[native check] '$compiler' has no sanitizers; checked without"
fi
