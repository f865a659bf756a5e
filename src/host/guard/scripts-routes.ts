/** Routes: see scripts.ts, whose rules hold here too. */

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
