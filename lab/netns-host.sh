#!/bin/sh
# netns-host.sh FORM DIR ROOT ADDRESS: becomes one lab host.
# Runs in network, mount, PID and UTS namespaces of the host's own; what it mounts is gone with its last process.
set -eu
form=$1 dir=$2 root=$3 address=$4

ip link set lo up
ip addr add "$address" dev mgmt0
ip link set mgmt0 up

cd "$dir/mnt"
mount -t tmpfs -o size=1g,mode=755 host .
cd "$dir/mnt"
mkdir lower upper work root
mount --bind "$root" lower
mount -t overlay -o lowerdir=lower,upperdir=upper,workdir=work host root
(cd "$dir/seed" && find . ! -type d | tar -cT -) | tar -xpC root
hostname "$(cat "$dir/seed/etc/hostname")"

cd root
mount -t proc proc proc
mount -t sysfs sys sys
mount -t tmpfs -o mode=755 run run
mkdir run/lock

if [ "$form" = sshd-only ]; then
  # The machine's /dev, so that macvtap devices (/dev/tapN) are there
  mount --rbind /dev dev
  mkdir run/sshd
  pivot_root . mnt
  umount -l /mnt
  exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin /usr/sbin/sshd -D -E /run/sshd.log
fi

# Read-only, so that systemd, networkd and NetworkManager see a container and do without udev;
# but for what ifenslave and brctl write
for path in sys/devices/virtual/net sys/class/net; do mount --bind "$path" "$path"; done
mount -o remount,bind,ro sys
mount -t cgroup2 cgroup sys/fs/cgroup

mount -t tmpfs -o mode=755 dev dev
for node in null zero full random urandom tty fuse; do
  [ ! -e "/dev/$node" ] || cp -a "/dev/$node" dev/
done
mkdir dev/pts dev/shm dev/net
mknod -m 666 dev/net/tun c 10 200
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
mount -t tmpfs shm dev/shm

for unit in systemd-udevd.service systemd-udevd-control.socket systemd-udevd-kernel.socket \
  systemd-udev-trigger.service systemd-modules-load.service sys-kernel-debug.mount \
  sys-kernel-tracing.mount dev-hugepages.mount; do
  ln -sf /dev/null "etc/systemd/system/$unit"
done

pivot_root . mnt
umount -l /mnt
exec env -i container=wirebook PATH=/usr/sbin:/usr/bin:/sbin:/bin \
  /lib/systemd/systemd --log-target=console --show-status=1
