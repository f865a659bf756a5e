/** Addresses, routes and neighbours: see scripts.ts, whose rules hold here too. */

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

/**
 * LINK -4|-6 (TO VIA TABLE METRIC SRC p|l)…: permanent and learned routes. Takes away others that people or DHCP or
 * router advertisements brought, but not those of routing daemons. A learned IPv6 route gets a lifetime, as router
 * advertisements give it.
 */
export const ROUTES = `set -f
dev=$1 family=$2
shift 2
[ -e "/sys/class/net/$dev" ] || exit 0
nl='
'
status=0
if [ "$family" = -6 ]; then
  bits=128 usual=1024 learned='proto ra expires 1800'
else
  bits=32 usual=0 learned='proto dhcp'
fi
tables=$nl
set +f
for file in /usr/share/iproute2/rt_tables /usr/lib/iproute2/rt_tables /etc/iproute2/rt_tables \\
  /etc/iproute2/rt_tables.d/*.conf; do
  [ ! -r "$file" ] || while read -r number name rest; do
    tables="$tables$name $number$nl"
  done <"$file"
done
set -f
number_of() {
  number=$1
  case $tables in
    *"$nl$1 "*)
      number=\${tables#*"$nl$1 "}
      number=\${number%%"$nl"*}
      ;;
  esac
  [ "$number" != 254 ] || number=
}
look() {
  ip "$family" route show table all dev "$dev" | while read -r to rest; do
    case $to in
      default) ;;
      [!0-9a-f:]* | *[!0-9a-f:./]*) continue ;;
      */*) ;;
      *) to=$to/$bits ;;
    esac
    via= number= metric= src= by=boot
    set -- $rest
    while [ $# -ge 2 ]; do
      case $1 in
        via) via=$2 ;;
        table) number_of "$2" ;;
        metric) metric=$2 ;;
        src) src=$2 ;;
        proto) by=$2 ;;
        *)
          shift
          continue
          ;;
      esac
      shift 2
    done
    [ "$metric" != "$usual" ] || metric=
    case $by in
      kernel) continue ;;
      boot | static) kind=p ;;
      dhcp | ra) kind=l ;;
      *) kind=d ;;
    esac
    echo "$to|$via|$number|$metric|$src|$kind"
  done
}
list() {
  while [ $# -ge 6 ]; do
    echo "$1|$2|$3|$4|$5|$6"
    shift 6
  done
}
wanted=$nl$(list "$@")$nl
have=$nl$(look)$nl
while IFS='|' read -r to via table metric src kind; do
  [ -n "$to" ] && [ "$kind" != d ] || continue
  case $wanted in *"$nl$to|$via|$table|$metric|$src|$kind$nl"*) continue ;; esac
  ip "$family" route del "$to" \${via:+via "$via"} dev "$dev" \${table:+table "$table"} \\
    \${metric:+metric "$metric"} || status=1
done <<END
$have
END
while [ $# -ge 6 ]; do
  case $have in
    *"$nl$1|$2|$3|$4|$5|$6$nl"*) ;;
    *)
      by=
      [ "$6" = p ] || by=$learned
      onlink=
      for attempt in 1 2; do
        ip "$family" route replace "$1" \${2:+via "$2"} dev "$dev" \${3:+table "$3"} \${4:+metric "$4"} \\
          \${5:+src "$5"} $by $onlink && break
        [ "$attempt" = 1 ] && [ -n "$2" ] || {
          status=1
          break
        }
        onlink=onlink
      done
      ;;
  esac
  shift 6
done
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
