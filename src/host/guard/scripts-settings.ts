/**
 * Settings of links under /proc/sys, which the model does not hold. A note is taken on the host before anything is
 * changed; the script that is given the note puts back what it says. See scripts.ts, whose rules hold here too.
 */

const SYSCTL_LINES = `look() {
  for link; do
    for dir in "/proc/sys/net/ipv4/conf/$link" "/proc/sys/net/ipv6/conf/$link"; do
      [ ! -d "$dir" ] || grep -sH . "$dir"/*
    done
  done
}`;

/** LINK…: prints \`FILE:VALUE\` for the settings of these links. Not every file can be read. */
export const NOTE_SYSCTLS = `${SYSCTL_LINES}
look "$@"
exit 0`;

/**
 * LINK…, with the note as stdin. A link with a small MTU has no IPv6. One that got a larger MTU from a bond that was
 * deleted does not either, until it comes up or is given another MTU.
 */
export const PUT_BACK_SYSCTLS = `${SYSCTL_LINES}
status=0
note=$(cat)
for link; do
  case $note in *"/proc/sys/net/ipv6/conf/$link/"*) ;; *) continue ;; esac
  [ ! -d "/proc/sys/net/ipv6/conf/$link" ] && read -r mtu <"/sys/class/net/$link/mtu" && [ "$mtu" -ge 1280 ] || continue
  ip link set dev "$link" mtu $((mtu == 1280 ? 1281 : 1280))
  ip link set dev "$link" mtu "$mtu" || status=1
done
differing=$(look "$@" | {
  grep -vxF -f /proc/self/fd/4 4<&0 <<END
$note
END
})
while IFS=: read -r file value; do
  case $file in '' | */mc_forwarding) continue ;; esac
  [ ! -e "$file" ] || printf '%s\\n' "$value" >"$file" || status=1
done <<END
$differing
END
exit $status`;
