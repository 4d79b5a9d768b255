#!/bin/sh
# Compiles the C kernels for every platform that a published jar carries: DIRECTORY/linux-x86_64 and DIRECTORY/linux-aarch64.
#   release.sh DIRECTORY
# The machine's own compiler (CC, default cc) serves its own platform, Debian's cross compilers the other. What cannot be
# made, or not with all its tiers, is an error.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
target=${1:?usage: release.sh DIRECTORY}
own=$(uname -m)

for arch in x86_64 aarch64; do
  if [ "$own" = "$arch" ]; then
    compiler=${CC:-cc} package=gcc
  else
    compiler=$arch-linux-gnu-gcc package=gcc-$(echo $arch | tr _ -)-linux-gnu
  fi
  if ! command -v "$compiler" > /dev/null 2>&1; then
    echo "[native kernels] a release needs kernels for Linux on $arch, but the compiler '$compiler' was not found;" \
      "install Debian's package $package, or build without -Dsirocco.native.release" >&2
    exit 1
  fi
  CC=$compiler STRICT=1 "$here/build.sh" "$target"
done
