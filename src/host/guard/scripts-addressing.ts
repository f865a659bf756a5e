/** Addresses and neighbours: see scripts.ts, whose rules hold here too. */

/** LINK…: no IPv4 addresses and routes */
export const NO_IPV4 = `status=0
for link; do
  [ -e "/sys/class/net/$link" ] || continue
  ip -4 addr flush dev "$link" || status=1
  ip -4 route flush table all dev "$link" || status=1
done
exit $status`;

/** LINK…: no IPv6 addresses and routes but the kernel's own */
export const NO_IPV6 = `status=0
for link; do
  [ -e "/proc/sys/net/ipv6/conf/$link" ] || continue
  ip -6 addr flush dev "$link" scope global || status=1
  for by in boot static ra dhcp; do
    ip -6 route flush table all dev "$link" proto "$by" || status=1
  done
done
exit $status`;

/**
 * (LINK up|down)… that had no link-local address. A link that is down gets one when addr_gen_mode is written; one that
 * is up keeps what it got meanwhile, though addr_gen_mode says none (1) again. Otherwise the kernel is about to make it.
 */
export const NO_LINK_LOCALS = `status=0
while [ $# -ge 2 ]; do
  mode=
  file=/proc/sys/net/ipv6/conf/$1/addr_gen_mode
  [ ! -e "$file" ] || read -r mode <"$file"
  case $mode$2 in
    1up | ?down) ip -6 addr flush dev "$1" scope link || status=1 ;;
  esac
  shift 2
done
exit $status`;

/**
 * (LINK ADDRESS)…: the link-local address of before, where the kernel has made one from a MAC that the link had in
 * between; where there is none, it is about to.
 */
export const LINK_LOCALS = `status=0
while [ $# -ge 2 ]; do
  if [ -e "/proc/sys/net/ipv6/conf/$1" ]; then
    have=$(ip -6 -o addr show dev "$1" scope link | while read -r number name inet address rest; do printf '%s ' "$address"; done)
    case " $have" in
      ' ' | *" $2 "*) ;;
      *)
        ip addr add "$2" dev "$1" nodad || status=1
        for address in $have; do ip addr del "$address" dev "$1" || status=1; done
        ;;
    esac
  fi
  shift 2
done
exit $status`;

/**
 * LINK -4|-6 N DYNAMIC… PERMANENT…: N addresses with a lifetime, then permanent ones in the order in which they are to
 * be added (IPv6 lists the latest first). Removing the first IPv4 address of a subnet may take the others along, so it
 * looks again after a change. Link-local addresses are the kernel's business unless they are wanted. IPv4 ones get the broadcast
 * address that everyone but a bare ip gives them.
 */
export const ADDRESSES = `set -f
dev=$1 family=$2 count=$3
shift 3
[ -e "/sys/class/net/$dev" ] || exit 0
nl='
'
dynamic=$nl
while [ "$count" -gt 0 ]; do
  dynamic=$dynamic$1$nl
  shift
  count=$((count - 1))
done
nodad=
[ "$family" = -4 ] || nodad=nodad
look() {
  ip -o "$family" addr show dev "$dev" | while read -r number name inet address rest; do
    case $rest in
      peer\\ *)
        rest=\${rest#peer }
        address="$address peer \${rest%% *}"
        ;;
    esac
    case " $rest " in
      *' dynamic '*) echo "dynamic $address" ;;
      *) echo "permanent $address" ;;
    esac
  done
}
add() {
  address=$1
  shift
  case $family$address in
    -6* | *peer* | */31 | */32) brd= ;;
    *) brd='brd +' ;;
  esac
  ip addr replace $address dev "$dev" $brd $nodad "$@" || status=1
}
wanted() {
  searched=$1
  shift
  for other; do
    [ "$other" != "$searched" ] || return 0
  done
  return 1
}
put_back() {
  changed=
  have=
  while read -r line; do
    if [ "$family" = -6 ]; then have=$line$nl$have; else have=$have$line$nl; fi
  done <<END
$(look)
END
  while read -r kind address; do
    [ -n "$address" ] || continue
    if [ "$address" = "\${1-}" ]; then
      shift
      [ "$kind" = permanent ] || ip addr replace $address dev "$dev"
      continue
    fi
    case $dynamic in *"$nl$address$nl"*) continue ;; esac
    case $address in fe80:*) wanted "$address" "$@" || continue ;; esac
    changed=1
    ip addr del $address dev "$dev" 2>/dev/null
  done <<END
$have
END
  for address; do
    changed=1
    add "$address"
  done
}
for round in 1 2 3 4; do
  status=0
  put_back "$@"
  [ -n "$changed" ] || break
done
have=$nl$(look)$nl
while read -r address; do
  [ -n "$address" ] || continue
  case $have in *"\${nl}dynamic $address$nl"*) continue ;; esac
  add "$address" valid_lft 3600 preferred_lft 3600
done <<END
$dynamic
END
exit $status`;

/** (LINK GATEWAY ADDRESS)…: forgets where neighbours were, and lets them and switches know where the address is */
export const NEIGHBOURS = `while [ $# -ge 3 ]; do
  if [ -e "/sys/class/net/$1" ]; then
    ip neigh flush dev "$1" 2>/dev/null
    [ -z "$3" ] || arping -q -U -c 1 -w 1 -I "$1" "$3" >/dev/null 2>&1 &
    [ -z "$2" ] || ping -c 1 -w 1 "$2" >/dev/null 2>&1 &
  fi
  shift 3
done
wait
exit 0`;
