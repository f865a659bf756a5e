#!/bin/sh
# image.sh ROOT IMAGE: makes IMAGE, a read-only ext4 image with the content of the folder ROOT.
set -eu
root=$1 image=$2
exec 9>"$(dirname "$image")/root.lock"
flock 9
[ -e "$image" ] && exit 0
blocks=$(du -s --block-size=4096 "$root" | cut -f1)
inodes=$(du -s --inodes "$root" | cut -f1)
rm -f "$image.tmp"
mkfs.ext4 -q -b 4096 -O ^has_journal -m 0 -N $((inodes + 1000)) -d "$root" "$image.tmp" $((blocks * 11 / 10 + inodes / 8))
mv "$image.tmp" "$image"
