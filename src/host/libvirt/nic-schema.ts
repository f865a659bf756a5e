/** JSON schema of a guest NIC's parameters, for the module and its documentation. */
import { bandwidth, driver, filterref, rom, virtualport, vlan } from './nic-schema-options.ts';
import {
  addresses,
  backend,
  coalesce,
  portForward,
  reconnect,
  routes,
  socket,
  teaming,
} from './nic-schema-ports.ts';
import {
  choice,
  count,
  filePath,
  flag,
  linkName,
  objectName,
  scriptPath,
  text,
  uint32,
} from './nic-schema-words.ts';

/** Types that a task can ask for. */
export const NIC_TYPES = [
  'network',
  'bridge',
  'direct',
  'hostdev',
  'user',
  'vhostuser',
  'mcast',
  'server',
  'client',
  'udp',
  'ethernet',
  'internal',
  'vdpa',
  'null',
] as const;

/** Parameters that find the NIC and say what becomes of it. */
export const nicKeyProperties = {
  domain: objectName('Name of the guest'),
  mac: {
    type: 'string',
    pattern: '^[0-9a-fA-F][02468aceACE](?::[0-9a-fA-F]{2}){5}$',
    description: 'Finds the NIC, and is what a new one gets',
    'x-hint': 'a unicast MAC address such as 52:54:00:12:34:56',
  },
  nic: objectName(
    'Finds the NIC by a name of your choice instead: its MAC is 52:54:00 and three bytes of SHA-256 over domain and name',
  ),
  alias: {
    type: 'string',
    pattern: '^ua-[A-Za-z0-9_-]+$',
    description: 'User alias. Finds the NIC when neither mac nor nic is given',
    'x-hint': 'a user alias is ua- and letters, digits, _ and -',
  },
  target: linkName(
    'Device on the host (tap or macvtap). Finds the NIC when no mac, nic or alias is given; then a vnetN of a running guest is allowed',
  ),
  index: count(
    'Finds the NIC by its place in the stored definition, from 0; only one that is there',
    0,
    1000,
  ),
  state: choice(
    ['active', 'defined', 'inactive', 'absent'],
    'active: stored, and plugged when the guest runs. defined: stored only. inactive: stored, not plugged. absent: neither. Default active',
  ),
  scope: choice(
    ['both', 'config', 'live'],
    'both: stored definition and running guest (default). config: stored only. live: running guest only',
  ),
  replug: choice(
    ['allow', 'never'],
    'allow: what cannot change in place is brought by unplugging the card and plugging it again, which the guest sees. never (default): it waits for the next boot',
  ),
  uri: text('libvirt connection; default: the host variable libvirt_uri, or qemu:///system'),
} as const;

/** Parameters that describe the NIC itself. */
export const nicProperties = {
  type: {
    ...choice(NIC_TYPES, 'What it is plugged into; follows from network, bridge, dev, pci or internal'),
    'x-hint': "a text: type: 'null' needs its quotes",
  },
  network: objectName('Network (type network)'),
  portgroup: {
    type: 'string',
    pattern: '^[^\\u0000-\\u001f\\u007f]*$',
    description: "Portgroup of the network; '' means none",
  },
  bridge: linkName('Bridge of the host (type bridge)'),
  dev: {
    ...text('Interface of the host (type direct; type user with passt: its uplink), vDPA device (type vdpa)'),
    'x-hint': 'a name of an interface, or the path of a vDPA device such as /dev/vhost-vdpa-0',
  },
  mode: choice(
    ['vepa', 'bridge', 'private', 'passthrough', 'server', 'client'],
    'How direct NICs share dev, vepa when absent; of a vhostuser socket, whether QEMU is its server or client',
  ),
  pci: {
    type: 'string',
    pattern: '^[0-9a-fA-F]{4}:[0-9a-fA-F]{2}:[01][0-9a-fA-F]\\.[0-7]$',
    description: 'PCI address of the device that the guest gets (type hostdev)',
    'x-hint': 'a PCI address such as 0000:06:10.1',
  },
  managed: flag('libvirt detaches the device from the host and gives it back (type hostdev)'),
  path: filePath('Socket (type vhostuser)'),
  reconnect,
  socket,
  internal: objectName('Name of an internal switch (type internal)'),
  host_ips: addresses('Addresses of the tap on the host (type ethernet)'),
  host_routes: routes('Routes over the tap on the host (type ethernet)'),
  model: {
    type: 'string',
    pattern: '^[A-Za-z0-9_-]+$',
    description: "Card that the guest sees: virtio, e1000e, rtl8139, …; libvirt's default when absent",
  },
  link: choice(['up', 'down'], 'Link state that the guest sees; changed while it runs'),
  mtu: count('MTU in bytes, for host and guest', 68, 65535),
  bandwidth,
  vlan,
  virtualport,
  filterref,
  boot_order: count('Place among the devices to boot from', 1, uint32),
  address: {
    type: 'string',
    pattern:
      '^(?:[0-9a-fA-F]{4}:[0-9a-fA-F]{2}:[01][0-9a-fA-F]\\.[0-7](?:,[a-z]+=[a-z0-9]+)*|(?:usb|ccw|virtio-mmio|spapr-vio)(?::[A-Za-z]+=[A-Za-z0-9.]+(?:,[A-Za-z]+=[A-Za-z0-9.]+)*)?)$',
    description:
      'Address in the guest: PCI such as 0000:01:00.0, or another kind such as usb:bus=0,port=1; libvirt picks one when absent',
    'x-hint': 'a PCI address such as 0000:01:00.0',
  },
  acpi_index: count('Number for the name of the interface in the guest', 1, 16383),
  driver,
  rom,
  sndbuf: count('Send buffer of the tap in bytes', 0, uint32),
  port_isolated: flag('Keep it from other isolated ports of the bridge'),
  trust_guest_rx_filters: flag('Let the guest change MAC address and multicast filters (macvtap)'),
  target_managed: flag('false: the tap is there already, made by someone else (type ethernet)'),
  backend,
  port_forward: portForward,
  guest_ips: addresses('Addresses that the guest is given (type user)'),
  guest_routes: routes('Routes that the guest is given'),
  coalesce,
  teaming,
  script: scriptPath("Script that sets the tap up (type ethernet); '' means none"),
  downscript: scriptPath("Script that takes the tap down (type ethernet); '' means none"),
} as const;

/** The NIC as libvirt's XML, instead of the parameters above. */
export const nicXml = {
  type: 'string',
  'x-file': true,
  'x-hint': 'XML, or @FILE',
  description: "libvirt's own <interface>, or @FILE; instead of the parameters that it has words for",
} as const;
