/** JSON schema of a NIC's settings that have settings of their own. */
import { choice, count, filePath, flag, objectName, record, text, uint32 } from './nic-schema-words.ts';
import { profileId } from './network-schema-words.ts';

const rate = (description: string, floor?: object) =>
  record(description, {
    average: count('KiB/s', 1, uint32),
    peak: count('KiB/s', 1, uint32),
    burst: count('KiB sent at peak speed', 1, uint32),
    ...(floor && { floor }),
  });

export const bandwidth = record(
  'Limits as the guest sees them. A direction that is left out is left alone, an empty one has no limits',
  {
    inbound: rate(
      'What the guest receives; the whole direction is managed',
      count('KiB/s guaranteed, on a network that has an inbound bandwidth itself', 1, uint32),
    ),
    outbound: rate('What the guest sends; the whole direction is managed'),
  },
);

export const vlan = {
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

export const virtualport = record('Port of an external switch; managed whole, {} means none', {
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

export const filterref = record('Network filter (nwfilter); managed whole, {} means none', {
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

export const driver = record('virtio settings; those left out are left alone', {
  name: choice(['qemu', 'vhost', 'vfio', 'kvm'], 'Back end: qemu or vhost; vfio or kvm for host devices'),
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

export const rom = record('Option ROM; settings left out are left alone', {
  enabled: flag('Whether there is one'),
  bar: flag('Whether it is visible in the memory map'),
  file: filePath('Image, an absolute path'),
});
