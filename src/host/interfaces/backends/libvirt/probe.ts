/**
 * Definitions of a libvirt connection, given in `$uri`; those whose names need no quoting in one process. Whether its
 * interface driver can define is told only by trying: it is given what is no definition, so that nothing comes of it.
 * libvirt's test driver knows no --inactive, and has nothing but definitions.
 */
export const PROBE = `
if [ -n "$uri" ] && command -v virsh >/dev/null; then
  wb_virsh() { LC_ALL=C virsh -q -c "$uri" "$@"; }
  wb_definitions() {
    wb_virsh iface-list --all | {
      wb_batch=
      while read -r wb_name wb_rest; do
        case $wb_name in
          '') ;;
          *[!A-Za-z0-9_.@-]* | -*) wb_virsh iface-dumpxml $1 --interface="$wb_name" </dev/null ;;
          *) wb_batch="$wb_batch iface-dumpxml $1 $wb_name;" ;;
        esac
      done
      [ -z "$wb_batch" ] || wb_virsh "$wb_batch"
    } 2>&1
  }
  wb_said=$(echo '<wirebook/>' | wb_virsh iface-define /dev/stdin 2>&1)
  printf 'uri %s\\n' "$uri"
  case $wb_said in
    *'XML error'*)
      echo 'active yes'
      wb_xml=$(wb_definitions --inactive)
      case $wb_xml in *'unsupported flags'*) wb_xml=$(wb_definitions '') ;; esac
      printf '%s\\n' "$wb_xml" | while IFS= read -r wb_line; do printf 'xml %s\\n' "$wb_line"; done
      ;;
    *'not supported by the connection driver'*)
      echo 'active no'
      echo "because libvirt's interface driver on this host only shows interfaces, and cannot define them"
      ;;
    *)
      echo 'active no'
      printf 'because libvirt does not answer: %s\\n' "$(printf %s "$wb_said" | tr '\\n' ' ')"
      ;;
  esac
fi
`;
