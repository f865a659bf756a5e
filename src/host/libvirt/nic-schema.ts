/** JSON schema of a guest NIC's parameters, for the module and its documentation. */
import { profileId } from './network-schema-words.ts';

const text = (description: string) =>
  ({
    type: 'string',
    pattern: '^[^\\u0000-\\u001f\\u007f]+$',
    description,
    'x-hint': 'text without line breaks and other control characters',
  }) as const;
const flag = (description: string) => ({ type: 'boolean', description }) as const;
const choice = <const T extends readonly string[]>(values: T, description: string) =>
  ({ type: 'string', enum: values, description }) as const;
const count = (description: string, minimum: number, maximum: number) =>
  ({ type: 'integer', minimum, maximum, description }) as const;
const record = <const T>(description: string, properties: T) =>
  ({ type: 'object', additionalProperties: false, description, properties }) as const;

const objectName = (description: string) =>
  ({
    type: 'string',
    pattern: '^[^/\\u0000-\\u001f\\u007f]+$',
    description,
    'x-hint': 'a name has no slash and no control characters',
  }) as const;

const linkName = (description: string) =>
  ({
    type: 'string',
    pattern: '^(?!\\.{1,2}$)[^/:%\\s\\u0000-\\u001f\\u007f]{1,15}$',
    description,
    'x-hint': 'an interface name has 1 to 15 characters, no slash, colon, percent sign or white space',
  }) as const;

const later = (description: string) =>
  ({ not: {}, 'x-later': 'it comes with a later version', description }) as const;

const uint32 = 4294967295;

const rate = (description: string, floor?: object) =>
  record(description, {
    average: count('KiB/s', 1, uint32),
    peak: count('KiB/s', 1, uint32),
    burst: count('KiB sent at peak speed', 1, uint32),
    ...(floor && { floor }),
  });

const bandwidth = record(
  'Limits as the guest sees them. A direction that is left out is left alone, an empty one has no limits',
  {
    inbound: rate(
      'What the guest receives; the whole direction is managed',
      count('KiB/s guaranteed, on a network that has an inbound bandwidth itself', 1, uint32),
    ),
    outbound: rate('What the guest sends; the whole direction is managed'),
  },
);

const vlan = {
  ...record('VLANs of its traffic, on Open vSwitch, SR-IOV or (libvirt 11) Linux bridges', {
    trunk: flag('Pass tagged frames; so it is with more than one tag'),
    tags: {
      type: 'array',
      description: 'VLANs; the whole list is managed, an empty one means none',
      items: {
        ...record('VLAN', {
          id: count('VLAN ID', 0, 4095),
          native_mode: choice(['tagged', 'untagged'], 'Native VLAN of a trunk'),
        }),
        required: ['id'],
      },
    },
  }),
  required: ['tags'],
} as const;

const virtualport = record('Port of an external switch; managed whole, {} means none', {
  type: choice(['802.1Qbg', '802.1Qbh', 'openvswitch', 'midonet'], 'Kind of switch'),
  managerid: text('802.1Qbg VSI manager'),
  typeid: text('802.1Qbg VSI type'),
  typeidversion: text('802.1Qbg VSI type version'),
  instanceid: text('802.1Qbg VSI instance, a UUID; libvirt makes one when absent'),
  interfaceid: text('Open vSwitch or midonet port, a UUID; libvirt makes one when absent'),
  profileid: profileId('Port profile of Open vSwitch or 802.1Qbh'),
});

const filterValue = {
  type: 'string',
  pattern: '^[A-Za-z0-9_.:/-]+$',
  description: 'Value',
} as const;

const filterref = record('Network filter (nwfilter); managed whole, {} means none', {
  filter: objectName('Name of the filter'),
  parameters: {
    type: 'object',
    description: 'Variables of the filter, such as IP; a list gives several values',
    propertyNames: { pattern: '^[A-Za-z0-9_]+$' },
    additionalProperties: {
      anyOf: [filterValue, { type: 'array', minItems: 1, items: filterValue, description: 'Values' }],
    },
  },
});

const offloads = (description: string, names: readonly string[]) =>
  record(description, Object.fromEntries(names.map((name) => [name, flag(`Offload ${name}`)])));

const driver = record('virtio settings; those left out are left alone', {
  name: choice(['qemu', 'vhost'], 'Back end'),
  queues: count('Queues', 1, 256),
  rx_queue_size: count('Receive ring, a power of 2', 256, 1024),
  tx_queue_size: count('Transmit ring, a power of 2', 256, 1024),
  txmode: choice(['iothread', 'timer'], 'How transmission is scheduled'),
  ioeventfd: flag('Asynchronous I/O handling'),
  event_idx: flag('Fewer interrupts'),
  rss: flag('Receive side scaling'),
  rss_hash_report: flag('Report the hash to the guest'),
  iommu: flag('Use an emulated IOMMU'),
  ats: flag('Address translation service'),
  packed: flag('Packed virtqueues'),
  page_per_vq: flag('A notification page for each queue'),
  host: offloads('Offloads of the host', ['csum', 'gso', 'tso4', 'tso6', 'ecn', 'ufo', 'mrg_rxbuf']),
  guest: offloads('Offloads of the guest', ['csum', 'tso4', 'tso6', 'ecn', 'ufo']),
});

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
  uri: text('libvirt connection; default: the host variable libvirt_uri, or qemu:///system'),
} as const;

/** Parameters that describe the NIC itself. */
export const nicProperties = {
  type: choice(['network', 'bridge', 'direct', 'user'], 'What it is plugged into; follows from its source'),
  network: objectName('Network (type network)'),
  portgroup: {
    type: 'string',
    pattern: '^[^\\u0000-\\u001f\\u007f]*$',
    description: "Portgroup of the network; '' means none",
  },
  bridge: linkName('Bridge of the host (type bridge)'),
  dev: linkName('Interface of the host (type direct)'),
  mode: choice(['vepa', 'bridge', 'private', 'passthrough'], 'How direct NICs share dev; vepa when absent'),
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
    pattern: '^[0-9a-fA-F]{4}:[0-9a-fA-F]{2}:[01][0-9a-fA-F]\\.[0-7]$',
    description: 'PCI address in the guest, such as 0000:01:00.0; libvirt picks one when absent',
  },
  acpi_index: count('Number for the name of the interface in the guest', 1, 16383),
  driver,
  rom: record('Option ROM; settings left out are left alone', {
    enabled: flag('Whether there is one'),
    bar: flag('Whether it is visible in the memory map'),
    file: { type: 'string', pattern: '^/[^\\u0000-\\u001f]*$', description: 'Image, an absolute path' },
  }),
  sndbuf: count('Send buffer of the tap in bytes', 0, uint32),
  port_isolated: flag('Keep it from other isolated ports of the bridge'),
  trust_guest_rx_filters: flag('Let the guest change MAC address and multicast filters (macvtap)'),
  backend: later('Back end of user NICs; vhost and tap devices'),
  coalesce: later('Interrupt coalescing'),
  guest_ips: later('Addresses of user NICs'),
  port_forward: later('Ports forwarded to user NICs'),
  managed: later('Detach and reattach host devices'),
  teaming: later('Failover pairs of virtio and host devices'),
  script: later('Script for ethernet NICs'),
  downscript: later('Script for ethernet NICs'),
  replug: later('Unplug and plug where a change needs it'),
  xml: later('The NIC as libvirt XML'),
} as const;
