/** Prints `link NAME MAC ARPHRD DEVTYPE PERMANENT` for each link, with builtins alone; see parseLinks. */
export const LINKS_PROBE = `  for link in /sys/class/net/*/; do
    [ -d "$link" ] || continue
    mac=- number=- devtype=- permanent=-
    [ ! -r "$link/address" ] || read -r mac <"$link/address"
    [ ! -r "$link/type" ] || read -r number <"$link/type"
    [ ! -r "$link/bonding_slave/perm_hwaddr" ] || read -r permanent <"$link/bonding_slave/perm_hwaddr"
    [ ! -r "$link/uevent" ] || while IFS== read -r key value; do
      [ "$key" != DEVTYPE ] || devtype=$value
    done <"$link/uevent"
    name=\${link%/}
    printf 'link %s %s %s %s %s\\n' "\${name##*/}" "\${mac:--}" "$number" "$devtype" "$permanent"
  done`;

/** Masked files are links to /dev/null, so not among the files that can be read. */
export const PROBE = `if [ -x /lib/systemd/systemd-networkd ] || [ -x /usr/lib/systemd/systemd-networkd ]; then
  case $services in *' systemd-networkd=active '*) echo 'active yes' ;; *) echo 'active no' ;; esac
  for file in /etc/systemd/network/* /run/systemd/network/*; do
    [ ! -c "$file" ] || printf 'masked %s\\n' "$file"
  done
${LINKS_PROBE}
fi`;
