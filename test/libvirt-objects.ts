/** Guests and networks on a libvirtd of the tests' own: their XML, and the shell that makes them. */
import { element, formatXml } from '../src/host/libvirt/xml.ts';

interface GuestShape {
  readonly vcpus?: number;
  /** Slots that cards can be plugged into while it runs; none: of the machine's own only */
  readonly slots?: number;
  readonly usb?: boolean;
  /** Further elements of `<devices>` */
  readonly devices?: string;
}

/** A guest without disks, 32 MiB: there is nothing in it to run. */
export const guestXml = (
  name: string,
  { vcpus = 1, slots = 0, usb = false, devices = '' }: GuestShape = {},
): string => `<domain type='qemu'>
  ${formatXml(element('name', {}, [name]))}<memory unit='MiB'>32</memory><vcpu>${vcpus}</vcpu>
  <os><type arch='x86_64' machine='q35'>hvm</type></os><features><acpi/></features>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator><memballoon model='none'/>
    ${slots > 0 ? `<controller type='pci' model='pcie-root'/>${"<controller type='pci' model='pcie-root-port'/>".repeat(slots)}` : ''}
    <controller type='usb' model='${usb ? 'qemu-xhci' : 'none'}'/>
    ${devices}
  </devices>
</domain>`;

/** Gives each text to a command of virsh that takes a file, such as `define`, all in one virsh. */
export function virshEach(command: string, texts: readonly string[]): string {
  const files = texts.map((text, index) => `cat >/run/in${index}.xml <<'XML'\n${text}\nXML\n`);
  return `${files.join('')}virsh -q '${texts.map((_, index) => `${command} /run/in${index}.xml`).join('; ')}' || exit\n`;
}

/** Networks, stored only. */
export const defineNetworks = (bodies: readonly string[]): string =>
  virshEach(
    'net-define',
    bodies.map((body) => `<network>${body}</network>`),
  );

/**
 * sh that puts a `tc` in place which says yes to everything, for a libvirtd host of its own mounts: kernels as small as
 * that of a container lack sfq and policing, without which libvirt plugs in no NIC that has a bandwidth. What libvirt
 * makes of bandwidths is real, only the kernel is not told.
 */
export const willingTc = `printf '#!/bin/sh\\nexit 0\\n' >/run/tc; chmod 755 /run/tc; mount --bind /run/tc "$(readlink -f "$(command -v tc)")"
`;

/** A network of each way to reach the outside, and one that is not started. */
const NETWORKS = [
  `<name>lan</name><bridge name='virbr7'/><ip address='192.168.77.1' netmask='255.255.255.0'/><portgroup name='admin'><bandwidth><inbound average='1000'/></bandwidth></portgroup>`,
  `<name>lan2</name><forward mode='nat'/><bridge name='virbr6'/><ip address='192.168.66.1' netmask='255.255.255.0'/>`,
  `<name>hostbr</name><forward mode='bridge'/><bridge name='br8'/>`,
  `<name>macvtap</name><forward mode='bridge' dev='eth8'/>`,
  `<name>asleep</name><bridge name='virbr5'/>`,
];

/** What NICs are plugged into: bridges br8 and br9, links eth6 to eth9 (two cables), and the networks. */
export const placesForNics = `
${willingTc}
for bridge in br8 br9; do ip link add $bridge type bridge && ip link set $bridge up || exit; done
for pair in 'eth8 eth9' 'eth7 eth6'; do
  set -- $pair; ip link add $1 type veth peer name $2 && ip link set $1 up && ip link set $2 up || exit
done
${defineNetworks(NETWORKS)}
for net in lan lan2 hostbr macvtap; do virsh -q net-start $net || exit; done
`;
