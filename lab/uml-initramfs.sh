#!/bin/sh
# uml-initramfs.sh ROOT MODULES OUT: makes OUT, the initramfs of all hosts of one kernel. MODULES is the kernel's
# folder of modules, or empty when it needs none.
set -eu
root=$1 modules=$2 out=$3
init=$(cd "$(dirname "$0")" && pwd)/uml-init
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir bin dev lower new proc rw sys
cp "$root/bin/busybox" bin/
cp "$init" init
chmod 755 init
if [ -n "$modules" ]; then
  release=$(basename "$modules")
  mkdir -p "lib/modules/$release"
  cp "$modules"/modules.* "lib/modules/$release/"
  (cd "$modules" && find . -name overlay.ko | tar -cT -) |
    tar -xC "lib/modules/$release"
fi
find . | bin/busybox cpio -o -H newc 2>/dev/null | gzip >"$out.tmp"
mv "$out.tmp" "$out"
