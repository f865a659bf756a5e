#!/bin/sh
# First process of a User-mode Linux whose root is this machine's, read-only. Runs scripts that the test leaves in
# the shared folder, each told by a line on the console.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t tmpfs run /run
for word in $(cat /proc/cmdline); do
  case $word in wirebook.share=*) share=${word#*=} ;; esac
done
mount -t hostfs -o "$share" none /mnt
stty -echo
ip link set lo up
echo ready
while read -r number; do
  sh "/mnt/$number.sh" >"/mnt/$number.out" 2>"/mnt/$number.err" </dev/null
  echo "done $number $?"
done
echo o >/proc/sysrq-trigger
sleep 9
