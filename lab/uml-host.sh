#!/bin/sh
# uml-host.sh DIR ROOT IMAGE KERNEL INITRAMFS MODULES_IMAGE MEMORY ARGUMENTS...: becomes one User Mode Linux host,
# which keeps what it writes in DIR/disk: started again, it finds it.
# Runs in the lab's switch namespace and in mount and PID namespaces of its own. Since root in the host can reach
# whatever the kernel's process can, that process sees nothing of this machine but the shared root file system,
# read-only, and its own disk, and runs as nobody.
set -eu
dir=$1 root=$2 image=$3 kernel=$4 initramfs=$5 modules=$6 memory=$7
shift 7
boot=$(cd "$(dirname "$0")" && pwd)/uml-kernel

cd "$dir"
(cat "$initramfs" && find seed | "$root/bin/busybox" cpio -o -H newc 2>/dev/null | gzip -1) >initrd
if [ ! -e disk ]; then
  rm -f disk.tmp
  truncate -s 2G disk.tmp
  mkfs.ext4 -q -m 0 -E nodiscard,lazy_journal_init=1 disk.tmp
  chown 65534:65534 disk.tmp
  mv disk.tmp disk
fi

mount --bind "$root" mnt
mount -o remount,bind,ro,nosuid mnt
cd mnt
mount -t proc proc proc
mount -t tmpfs -o mode=755 dev dev
mkdir dev/net
mknod -m 666 dev/null c 1 3
mknod -m 666 dev/zero c 1 5
mknod -m 666 dev/random c 1 8
mknod -m 666 dev/urandom c 1 9
mknod -m 666 dev/net/tun c 10 200
mkdir dev/shm
mount -t tmpfs -o "size=$memory,mode=1777" memory dev/shm
mount -t tmpfs -o mode=1777 tmp tmp
show() {
  : >"tmp/$2"
  mount --bind "$1" "tmp/$2"
  mount -o "remount,bind,${3:-ro}" "tmp/$2"
}
show "$kernel" linux
install -m 755 "$boot" tmp/kernel
show "$dir/initrd" initrd
show "$image" root
show "$dir/disk" disk rw
if [ -n "$modules" ]; then
  show "$modules" modules
  set -- ubd2r=/tmp/modules "$@"
fi
pivot_root . mnt
umount -l /mnt
exec setpriv --reuid 65534 --regid 65534 --clear-groups --no-new-privs \
  env -i HOME=/tmp TMPDIR=/dev/shm PATH=/usr/bin:/bin \
  bash /tmp/kernel "mem=$memory" initrd=/tmp/initrd root=/dev/ram0 ubd0r=/tmp/root ubd1=/tmp/disk \
  bonding.max_bonds=0 dummy.numdummies=0 ifb.numifbs=0 con=null con0=fd:0,fd:1 quiet "$@"
