#!/bin/sh
# build.sh ROOT PACKAGES: makes the folder ROOT, the root file system that all lab hosts share read-only.
# Runs in its own mount and PID namespace (see src/lab/root.ts), so a kill leaves nothing but ROOT.tmp.
set -eu
cache=$(dirname "$1") name=$(basename "$1") packages=$2
mkdir -p "$cache"
exec 9>"$cache/root.lock"
flock 9
[ -d "$cache/$name" ] && exit 0
rm -rf "$cache"/root-*.tmp
root=$cache/$name.tmp
include=$(grep -v '^#' "$packages" | paste -sd,)

mmdebstrap --mode=root --variant=minbase --components=main --include="$include" \
  --aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' \
  bookworm "$root" "${WIREBOOK_LAB_MIRROR:-http://deb.debian.org/debian}"

cd "$root"
# Each host gets its own from the lab
rm -f etc/ssh/ssh_host_* etc/hostname etc/machine-id
: >etc/machine-id
# A resolv.conf that points nowhere makes dnsmasq, and so virsh net-start, fail
rm -f etc/resolv.conf
echo 'nameserver 127.0.0.1' >etc/resolv.conf

# Hosts begin without libvirt networks
rm -rf etc/libvirt/qemu/networks/default.xml etc/libvirt/qemu/networks/autostart/*

printf 'UsePAM no\nUseDNS no\nGSSAPIAuthentication no\n' >etc/ssh/sshd_config.d/lab.conf
printf '[main]\nno-auto-default=*\nplugins=keyfile\n[keyfile]\nunmanaged-devices=interface-name:mgmt0\n' \
  >etc/NetworkManager/conf.d/lab.conf
mkdir -p etc/systemd/network
printf '[Match]\nName=mgmt0\n[Link]\nUnmanaged=yes\n' >etc/systemd/network/00-mgmt0.network

# The lab enables the one that a host is to have (src/lab/backends.ts)
rm etc/systemd/system/*.wants/NetworkManager.service etc/systemd/system/*.wants/networking.service

# What a host that lives for minutes need not do, and what would wait for links the lab leaves down
for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer \
  logrotate.timer e2scrub_reap.service ldconfig.service libvirt-guests.service \
  NetworkManager-wait-online.service systemd-networkd-wait-online.service remote-fs.target getty.target \
  getty@tty1.service serial-getty@.service systemd-binfmt.service systemd-hwdb-update.service \
  systemd-journal-catalog-update.service systemd-machine-id-commit.service systemd-pstore.service \
  systemd-random-seed.service systemd-resolved.service systemd-timesyncd.service \
  systemd-update-utmp.service; do
  ln -sf /dev/null "etc/systemd/system/$unit"
done

mv "$root" "$cache/$name"
