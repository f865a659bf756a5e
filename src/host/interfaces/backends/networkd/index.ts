import type { Backend } from '../backend.ts';
import { activate, evidence, restore } from './activate.ts';
import { readProfiles } from './read.ts';
import { writeFiles } from './write.ts';
import { FOLDERS } from './units.ts';

/** Masked files are links to /dev/null, so not among the files that can be read. */
const PROBE = `if [ -x /lib/systemd/systemd-networkd ] || [ -x /usr/lib/systemd/systemd-networkd ]; then
  case $services in *' systemd-networkd=active '*) echo 'active yes' ;; *) echo 'active no' ;; esac
  for file in /etc/systemd/network/* /run/systemd/network/*; do
    [ ! -c "$file" ] || printf 'masked %s\\n' "$file"
  done
  for link in /sys/class/net/*/; do
    mac=- number=- devtype=- permanent=-
    [ ! -r "$link/address" ] || read -r mac <"$link/address"
    [ ! -r "$link/type" ] || read -r number <"$link/type"
    [ ! -r "$link/bonding_slave/perm_hwaddr" ] || read -r permanent <"$link/bonding_slave/perm_hwaddr"
    [ ! -r "$link/uevent" ] || while IFS== read -r key value; do
      [ "$key" != DEVTYPE ] || devtype=$value
    done <"$link/uevent"
    name=\${link%/}
    [ ! -d "$link" ] || printf 'link %s %s %s %s %s\\n' "\${name##*/}" "\${mac:--}" "$number" "$devtype" "$permanent"
  done
fi`;

/** systemd-networkd: .network and .netdev files. */
export const networkd: Backend = {
  name: 'networkd',
  globs: FOLDERS.flatMap((folder) => [
    `${folder}/*.network`,
    `${folder}/*.netdev`,
    `${folder}/*.network.d/*.conf`,
    `${folder}/*.netdev.d/*.conf`,
  ]),
  probe: PROBE,
  parse: readProfiles,
  write: writeFiles,
  activate,
  restore,
  evidence,
};
