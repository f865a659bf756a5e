/** JSON schema of a libvirt network's parameters, for the module and its documentation. */

const text = (description: string) => ({ type: 'string', minLength: 1, description }) as const;
const flag = (description: string) => ({ type: 'boolean', description }) as const;
const count = (description: string, minimum: number, maximum: number) =>
  ({ type: 'integer', minimum, maximum, description }) as const;

const worded = (pattern: string, hint: string) => (description: string) =>
  ({ type: 'string', pattern, description, 'x-hint': hint }) as const;

const linkName = worded(
  '^(?!\\.{1,2}$)[A-Za-z0-9_.-]{1,15}$',
  'an interface name here has 1 to 15 letters, digits, underscores, dots or dashes',
);
const dnsName = worded('^[a-zA-Z0-9.-]+$', 'a DNS name has letters, digits, dashes and dots');
const hostName = worded('^[a-zA-Z][a-zA-Z0-9._-]*$', 'a host name starts with a letter');
const portgroupName = worded('^[a-zA-Z0-9_.:/\\\\-]+$', 'a portgroup has letters, digits and _ . - : / \\');
const oneLine = worded('^[^\\n\\r]+$', 'text on one line');
const word = worded('^[a-zA-Z0-9._-]+$', 'letters, digits, underscores, dots and dashes');

const address = (description: string) =>
  ({
    type: 'string',
    pattern: '^[0-9a-fA-F:.]+$',
    description,
    'x-hint': 'an IP address such as 192.168.1.1',
  }) as const;

const mac = (description: string) =>
  ({
    type: 'string',
    pattern: '^[0-9a-fA-F][02468aceACE](?::[0-9a-fA-F]{2}){5}$',
    description,
    'x-hint': 'a unicast MAC address such as 52:54:00:12:34:56',
  }) as const;

const lease = {
  type: 'integer',
  minimum: 0,
  maximum: 4294967295,
  description: 'Lease time in seconds; 0 never expires, else at least 120',
} as const;

const span = {
  type: 'object',
  additionalProperties: false,
  required: ['start', 'end'],
} as const;

const rate = {
  type: 'object',
  additionalProperties: false,
  required: ['average'],
  properties: {
    average: count('KiB/s', 1, 4294967295),
    peak: count('KiB/s', 1, 4294967295),
    burst: count('KiB sent at peak speed', 1, 4294967295),
  },
} as const;

const bandwidth = {
  type: 'object',
  additionalProperties: false,
  description: 'Limits as guests see them',
  properties: {
    inbound: { ...rate, description: 'What guests receive' },
    outbound: { ...rate, description: 'What guests send' },
  },
} as const;

const vlan = {
  type: 'object',
  additionalProperties: false,
  required: ['tags'],
  description: 'VLANs of guest traffic, on Open vSwitch, SR-IOV or (libvirt 11) Linux bridges',
  properties: {
    trunk: flag('Pass tagged frames; so it is with more than one tag'),
    tags: {
      type: 'array',
      description: 'VLANs; the whole list is managed',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['id'],
        properties: {
          id: count('VLAN ID', 0, 4095),
          native_mode: {
            type: 'string',
            enum: ['tagged', 'untagged'],
            description: 'Native VLAN of a trunk',
          },
        },
      },
    },
  },
} as const;

const virtualport = {
  type: 'object',
  additionalProperties: false,
  description: 'How ports connect to an external switch',
  properties: {
    type: {
      type: 'string',
      enum: ['802.1Qbg', '802.1Qbh', 'openvswitch', 'midonet'],
      description: 'Kind of switch',
    },
    managerid: text('802.1Qbg VSI manager'),
    typeid: text('802.1Qbg VSI type'),
    typeidversion: text('802.1Qbg VSI type version'),
    instanceid: text('802.1Qbg VSI instance, a UUID'),
    interfaceid: text('Open vSwitch or midonet port, a UUID'),
    profileid: text('Port profile of Open vSwitch or 802.1Qbh'),
  },
} as const;

const ip = {
  type: 'object',
  additionalProperties: false,
  required: ['address'],
  properties: {
    address: {
      type: 'string',
      pattern: '^[0-9a-fA-F:.]+(?:/[0-9]{1,3})?$',
      description: "The bridge's address: 192.168.1.1/24, or without prefix beside `prefix` or `netmask`",
      'x-hint': 'an address with its prefix such as 192.168.1.1/24',
    },
    prefix: count('Length of the network prefix', 0, 128),
    netmask: address('Netmask instead of a prefix'),
    family: { type: 'string', enum: ['ipv4', 'ipv6'], description: 'Follows from the address' },
    local_ptr: flag('Answer reverse queries for this network only locally; false when absent'),
    tftp: {
      type: 'object',
      additionalProperties: false,
      required: ['root'],
      description: 'TFTP server for network boot',
      properties: { root: oneLine('Folder on the host') },
    },
    dhcp: {
      type: 'object',
      additionalProperties: false,
      description: 'DHCP server; none when absent',
      properties: {
        ranges: {
          type: 'array',
          description: 'Addresses to hand out, tried in order',
          items: {
            ...span,
            properties: { start: address('First address'), end: address('Last address'), lease },
          },
        },
        hosts: {
          type: 'array',
          description: 'Guests with an address of their own',
          items: {
            type: 'object',
            additionalProperties: false,
            required: ['ip'],
            properties: {
              mac: mac('MAC of the guest (IPv4)'),
              id: worded(
                '^[0-9a-fA-F]{1,2}(?::[0-9a-fA-F]{1,2})+$',
                'a DUID such as 00:03:00:01:52:54:00:12:34:56',
              )('Client DUID of the guest (IPv6)'),
              name: hostName('Host name of the guest'),
              ip: address('Its address'),
              lease,
            },
          },
        },
        bootp: {
          type: 'object',
          additionalProperties: false,
          required: ['file'],
          description: 'Network boot (IPv4)',
          properties: {
            file: worded('^[^\\n\\r,]+$', 'a file name without comma')('File to boot'),
            server: dnsName('TFTP server; this host when absent'),
          },
        },
      },
    },
  },
} as const;

const dns = {
  type: 'object',
  additionalProperties: false,
  description: 'DNS server on the bridge',
  properties: {
    enable: flag('Run it; libvirt does unless told otherwise'),
    forward_plain_names: flag(
      'Ask upstream about names without a domain; libvirt does unless told otherwise',
    ),
    forwarders: {
      type: 'array',
      description: 'Servers to ask, in order',
      items: {
        type: 'object',
        additionalProperties: false,
        minProperties: 1,
        properties: {
          addr: address('Server; none: answer locally'),
          domain: dnsName('Only for names in this domain'),
        },
      },
    },
    txt: {
      type: 'array',
      description: 'TXT records',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['name', 'value'],
        properties: {
          name: dnsName('Name'),
          value: worded('^[^\\n\\r]*$', 'text on one line')('Text'),
        },
      },
    },
    srv: {
      type: 'array',
      description: 'SRV records',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['service', 'protocol'],
        properties: {
          service: word('Service without underscore'),
          protocol: { type: 'string', enum: ['tcp', 'udp'], description: 'Protocol' },
          domain: dnsName('Domain'),
          target: word('Host that offers it'),
          port: count('Port', 1, 65535),
          priority: count('Lower is tried first', 0, 65535),
          weight: count('Share among equals', 0, 65535),
        },
      },
    },
    hosts: {
      type: 'array',
      description: 'Names of addresses',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['ip', 'hostnames'],
        properties: {
          ip: address('Address'),
          hostnames: { type: 'array', minItems: 1, description: 'Names', items: dnsName('Name') },
        },
      },
    },
  },
} as const;

/** Parameters that describe the network itself. */
export const networkProperties = {
  uuid: {
    type: 'string',
    pattern: '^[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}$',
    description: "libvirt's identity of the network; libvirt makes one when absent, and it never changes",
  },
  title: { type: 'string', pattern: '^[^\\n]+$', description: 'Short title on one line (libvirt 9.7)' },
  description: text('Free text (libvirt 9.7)'),
  ipv6: flag('Let guests talk IPv6 to each other without an IPv6 address on the bridge'),
  trust_guest_rx_filters: flag('Let guests change their MAC address and multicast filters (macvtap)'),
  forward: {
    type: 'object',
    additionalProperties: false,
    description: 'How guests reach the outside',
    properties: {
      mode: {
        type: 'string',
        enum: ['nat', 'route', 'open', 'isolated', 'bridge', 'private', 'vepa', 'passthrough'],
        description:
          'nat, route, open, isolated: a bridge of its own. bridge: a bridge the host has, or macvtap with dev or interfaces. private, vepa, passthrough: macvtap',
      },
      dev: linkName('Only through this interface; for macvtap the one guests are attached to'),
      interfaces: {
        type: 'array',
        uniqueItems: true,
        description: 'Interfaces that guests are attached to in turn (macvtap); the whole list is managed',
        items: linkName('Interface'),
      },
      nat: {
        type: 'object',
        additionalProperties: false,
        description: 'Address translation, mode nat only',
        properties: {
          addresses: {
            ...span,
            description: 'Source addresses to use; the address of the outgoing interface when absent',
            properties: { start: address('First address'), end: address('Last address') },
          },
          ports: {
            ...span,
            description: 'Source ports to use; 1024 to 65535 when absent',
            properties: { start: count('First port', 1, 65535), end: count('Last port', 1, 65535) },
          },
          ipv6: flag('Translate IPv6 too (libvirt 6.5)'),
        },
      },
    },
  },
  bridge: {
    type: 'object',
    additionalProperties: false,
    description: 'The bridge of the network; in mode bridge only the name of the bridge the host has',
    properties: {
      name: linkName('Name; libvirt takes the first free virbrN when absent'),
      stp: flag('Spanning tree protocol; libvirt turns it on when absent'),
      delay: count('Forward delay in seconds; 0 when absent', 0, 4294967295),
      mac_table_manager: {
        type: 'string',
        enum: ['kernel', 'libvirt'],
        description: 'Who fills the table of MAC addresses',
      },
      zone: worded('^[a-zA-Z0-9_-]+$', 'letters, digits, underscores and dashes')('firewalld zone'),
    },
  },
  mtu: count('MTU of the bridge in bytes', 68, 65535),
  mac: mac('MAC address of the bridge; libvirt makes one when absent'),
  domain: {
    type: 'object',
    additionalProperties: false,
    required: ['name'],
    description: 'DNS domain of the guests',
    properties: {
      name: dnsName('Domain'),
      local_only: flag('Never ask upstream about it'),
      register: flag('Make it known to systemd-resolved (libvirt 10.1, with local_only)'),
    },
  },
  dns,
  ips: { type: 'array', description: 'Addresses of the bridge; the whole list is managed', items: ip },
  routes: {
    type: 'array',
    description: 'Static routes to networks behind guests; the whole list is managed',
    items: {
      type: 'object',
      additionalProperties: false,
      required: ['to', 'via'],
      properties: {
        to: {
          type: 'string',
          pattern: '^[0-9a-fA-F:.]+/[0-9]{1,3}$',
          description: 'Network, as CIDR',
          'x-hint': 'a network such as 10.1.0.0/16',
        },
        via: address('Gateway, inside one of the networks'),
        metric: count('Metric', 1, 4294967295),
      },
    },
  },
  bandwidth,
  vlan,
  virtualport,
  port_isolated: flag('Keep guests from each other'),
  portgroups: {
    type: 'array',
    description: 'Classes of connections that a guest NIC can name; the whole list is managed',
    items: {
      type: 'object',
      additionalProperties: false,
      required: ['name'],
      properties: {
        name: portgroupName('Name'),
        default: flag('For NICs that name none'),
        trust_guest_rx_filters: flag('As for the network'),
        virtualport,
        bandwidth,
        vlan,
      },
    },
  },
  dnsmasq_options: {
    type: 'array',
    description: "Lines added to dnsmasq's configuration, unchecked (libvirt 5.6); the whole list is managed",
    items: { type: 'string', pattern: '^[^\\n\\r]+$', description: 'Line' },
  },
} as const;

/** Parameters that are not there yet, wherever they belong. */
export const laterNetworkProperties = {
  metadata: {
    not: {},
    'x-later': 'metadata comes with a later version',
    description: 'Elements of other programs',
  },
} as const;
