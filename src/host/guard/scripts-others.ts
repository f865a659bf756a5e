/** What else the model does not hold, noted and put back as in scripts-settings.ts. */

/**
 * Prints one line for each static neighbour, static forwarding entry and alternative name of these links, and for each
 * route out of them that has more than one way or more attributes than the model holds; then for each policy rule that
 * names one of them or a routing table of theirs. What routing daemons brought is theirs.
 */
const OTHER_LINES = `set -f
nl='
'
links=" $* "
is_ours() { case $links in *" $1 "*) ;; *) return 1 ;; esac; }
with_ipv6() { [ "$1" = -4 ] || [ -d /proc/sys/net/ipv6 ]; }
altnames() {
  text=$(ip link show) || return
  link=
  while IFS= read -r line; do
    case $line in
      [0-9]*': '*': <'*)
        link=\${line#*: }
        link=\${link%%: <*}
        link=\${link%%@*}
        ;;
      '    altname '*) ! is_ours "$link" || printf '%s\\n' "altname $link \${line#'    altname '}" ;;
    esac
  done <<END
$text
END
}
neighbours() {
  text=$(ip neigh show nud permanent) || return
  while read -r to dev link key mac more; do
    is_ours "$link" && [ "$key" = lladdr ] || continue
    case " $more " in
      *' extern_learn '*) continue ;;
      *' router '*) more=' router' ;;
      *) more= ;;
    esac
    echo "neigh $link $to lladdr $mac$more"
  done <<END
$text
END
  text=$(ip neigh show proxy) || return
  while read -r to dev link more; do ! is_ours "$link" || echo "proxy $link $to"; done <<END
$text
END
}
forwarding() {
  command -v bridge >/dev/null || return 0
  text=$(bridge fdb show) || return
  while read -r mac dev link more; do
    is_ours "$link" || continue
    case " $more " in *' extern_learn '*) continue ;; *' master '*' static '*) ;; *) continue ;; esac
    case " $more " in *' sticky '*) sticky=' sticky' ;; *) sticky= ;; esac
    case " $more " in
      *' vlan '*)
        vlan=\${more#*vlan }
        vlan=" vlan \${vlan%% *}"
        ;;
      *) vlan= ;;
    esac
    echo "fdb $link $mac$vlan$sticky"
  done <<END
$text
END
}
routes() {
  with_ipv6 "$1" || return 0
  family=$1
  text=$(ip -o "$family" route show table all) || return
  while read -r to more; do
    case $to in default) ;; '' | [!0-9a-f:]* | *[!0-9a-f:./]*) continue ;; esac
    set -- $more
    words=$to ours= rich= by=boot table=
    while [ $# -gt 0 ]; do
      case $1 in
        '\\' | linkdown | dead | pervasive | onlink | offload | trap | offload_failed | rt_offload | rt_trap)
          shift
          continue
          ;;
        dev) ! is_ours "$2" || ours=1 ;;
        proto) by=$2 ;;
        table) table=$2 ;;
        via) [ "$2" != inet6 ] || rich=1 ;;
        metric | src | scope) ;;
        pref | error)
          if [ "$2" = medium ] || [ "$1" = error ]; then
            shift 2
            continue
          fi
          rich=1
          ;;
        expires | nhid) by=other ;;
        *)
          rich=1 words="$words $1"
          shift
          continue
          ;;
      esac
      words="$words $1 $2"
      shift 2
    done
    [ "$ours" ] && [ "$by" != kernel ] || continue
    case $table in '' | local | default) ;; *) tables="$tables$table " ;; esac
    case $rich$by in 1boot | 1static | 1dhcp) echo "route $family $words" ;; esac
  done <<END
$text
END
}
rules() {
  with_ipv6 "$1" || return 0
  family=$1
  text=$(ip "$family" rule show 2>/dev/null) || return 0
  while read -r pref more; do
    set -- $more
    words= ours=
    while [ $# -gt 0 ]; do
      case $1 in
        '[detached]' | '[unresolved]') ;;
        *)
          words="$words $1"
          case $1 in
            iif | oif) ! is_ours "$2" || ours=1 ;;
            lookup) case $tables in *" $2 "*) ours=1 ;; esac ;;
          esac
          ;;
      esac
      shift
    done
    [ -z "$ours" ] || echo "rule $family pref \${pref%:}$words"
  done <<END
$text
END
}
look() {
  status=0
  altnames && neighbours && forwarding || status=1
  tables=' '
  routes -4 && routes -6 || status=1
  [ -z "$noted" ] || tables=$noted
  echo "tables$tables"
  rules -4 && rules -6 || status=1
  return $status
}
noted=`;

/** LINK…. @see OTHER_LINES */
export const NOTE_OTHERS = `${OTHER_LINES}
look`;

/** LINK…, with the note as stdin. One thing may stand in the way of another, so it is looked again after a change. */
export const PUT_BACK_OTHERS = `${OTHER_LINES}
note=$nl$(cat)$nl
noted=\${note#*"\${nl}tables"}
noted=\${noted%%"$nl"*}
onlink() {
  words= via=
  while [ $# -gt 0 ]; do
    case $1 in
      nexthop) via= ;;
      via) via=1 ;;
      dev)
        words="$words dev $2\${via:+ onlink}"
        shift 2
        continue
        ;;
    esac
    words="$words $1"
    shift
  done
}
put() {
  verb=$1
  set -- $2
  kind=$1 first=$2
  shift 2
  case $kind in
    altname) ip link property "$verb" dev "$first" altname "$@" ;;
    neigh)
      if [ "$verb" = add ]; then
        ip neigh replace "$@" dev "$first" nud permanent
      else
        ip neigh del "$1" dev "$first"
      fi
      ;;
    proxy) ip neigh "$verb" proxy "$1" dev "$first" ;;
    fdb)
      mac=$1
      shift
      if [ "$verb" = add ]; then
        bridge fdb replace "$mac" dev "$first" master static "$@"
      else
        [ "\${1-}" = vlan ] || set --
        bridge fdb del "$mac" dev "$first" master \${1:+vlan "$2"}
      fi
      ;;
    rule) ip "$first" rule "$verb" "$@" ;;
    route)
      if [ "$verb" = del ]; then
        ip "$first" route del "$@"
      elif ! ip "$first" route replace "$@" 2>/dev/null; then
        onlink "$@"
        ip "$first" route replace $words
      fi
      ;;
  esac
}
for round in 1 2 3; do
  changed=
  have=$nl$(look)$nl
  while read -r line; do
    case $line in '' | tables*) continue ;; esac
    case $note in *"$nl$line$nl"*) continue ;; esac
    changed=1
    put del "$line"
  done <<END
$have
END
  while read -r line; do
    case $line in '' | tables*) continue ;; esac
    case $have in *"$nl$line$nl"*) continue ;; esac
    changed=1
    put add "$line"
  done <<END
$note
END
  [ -n "$changed" ] || exit 0
done
exit 1`;
