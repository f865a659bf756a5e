import type { Step } from '../../../../engine/module.ts';

/**
 * Starts or destroys, and then looks whether libvirt has it up: virsh's iface-destroy exits with 1 although it has
 * succeeded (LIBVIRT.md 1.2), and one that is as wanted already is an error to libvirt.
 */
const SCRIPT = `
uri=$1 command=$2 name=$3
wb_virsh() { LC_ALL=C virsh -q -c "$uri" "$@"; }
said=$(wb_virsh "$command" --interface "$name" 2>&1)
list=$(wb_virsh iface-list) || exit
active=iface-destroy
while read -r found rest; do
  [ "$found" != "$name" ] || active=iface-start
done <<end
$list
end
[ "$active" = "$command" ] || { printf '%s\\n' "$said" >&2; exit 1; }
`;

const step = (uri: string, command: string, name: string, title: string): Step => ({
  title,
  argv: ['sh', '-c', SCRIPT, 'sh', uri, command, name],
  timeout: 180,
});

export const start = (uri: string, name: string): Step =>
  step(uri, 'iface-start', name, `start ${name} by libvirt`);

export const destroy = (uri: string, name: string): Step =>
  step(uri, 'iface-destroy', name, `stop ${name} by libvirt`);
