#!/bin/sh
# build.sh OUT: builds OUT, a User Mode Linux kernel, from Debian unstable's package linux-source with the compiler
# of bookworm, whose libraries it runs with. Needs mmdebstrap, 4 GB and 6 minutes on 2 cores.
# Runs in its own mount and PID namespace (see src/lab/root.ts), so a kill leaves nothing but OUT.build.
set -eu
out=$1
config=$(cd "$(dirname "$0")" && pwd)/config
mirror=${WIREBOOK_LAB_MIRROR:-http://deb.debian.org/debian}
mkdir -p "$(dirname "$out")"
exec 9>"$out.lock"
flock 9
work=$out.build
rm -rf "$work"
mkdir "$work"

echo 'I: fetching compiler and source' >&2
# A frozen mirror's unstable is soon past its date, which matters little for a source
mmdebstrap --mode=root --variant=minbase --include=gcc,libc6-dev,make,flex,bison,bc,xz-utils,linux-source/sid \
  --aptopt='APT::Install-Recommends "false"' --aptopt='APT::Default-Release "bookworm"' \
  --aptopt='Acquire::Check-Valid-Until "false"' \
  bookworm "$work/root" "deb $mirror bookworm main" "deb $mirror sid main" >&2

echo 'I: unpacking the source' >&2
cp "$config" "$work/root/tmp/config"
mount -t proc proc "$work/root/proc"
chroot "$work/root" sh -eu -c '
  mkdir /build
  tar -xf /usr/src/linux-source-*.tar.xz -C /build --strip-components=1
  cd /build
  echo "I: configuring" >&2
  make -s ARCH=um x86_64_defconfig
  ./scripts/kconfig/merge_config.sh -m .config /tmp/config >/dev/null
  make -s ARCH=um olddefconfig
  echo "I: compiling $(make -s kernelversion)" >&2
  nice -n 10 make ARCH=um -j"$(nproc)" linux 2>&1 | grep --line-buffered -E "^  (CC|LD|AR) |rror" >&2
  strip linux
'
mv "$work/root/build/linux" "$out"
umount "$work/root/proc"
rm -rf "$work"
