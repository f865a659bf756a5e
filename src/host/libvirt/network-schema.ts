/** JSON schema of a libvirt network's parameters, for the module and its documentation. */
import { bandwidth, virtualport, vlan } from './network-schema-ports.ts';
import { dns, ip } from './network-schema-services.ts';
import {
  address,
  count,
  dnsName,
  flag,
  linkName,
  mac,
  oneLine,
  pciAddress,
  portgroupName,
  span,
  text,
  word,
  worded,
} from './network-schema-words.ts';

/** Parameters that describe the network itself. */
export const networkProperties = {
  uuid: {
    type: 'string',
    pattern: '^[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}$',
    description: "libvirt's identity of the network; libvirt makes one when absent, and it never changes",
  },
  title: { type: 'string', pattern: '^[^\\n]+$', description: 'Short title on one line (libvirt 9.7)' },
  description: text('Free text (libvirt 9.7)'),
  metadata: text(
    'Elements with a namespace of their own, as XML: what other programs keep with the network; all of it is managed',
  ),
  ipv6: flag('Let guests talk IPv6 to each other without an IPv6 address on the bridge'),
  trust_guest_rx_filters: flag('Let guests change their MAC address and multicast filters (macvtap)'),
  forward: {
    type: 'object',
    additionalProperties: false,
    description: 'How guests reach the outside',
    properties: {
      mode: {
        type: 'string',
        enum: ['nat', 'route', 'open', 'isolated', 'bridge', 'private', 'vepa', 'passthrough', 'hostdev'],
        description:
          'nat, route, open, isolated: a bridge of its own. bridge: a bridge the host has, or macvtap with dev or interfaces. private, vepa, passthrough: macvtap. hostdev: virtual functions of a card, given to guests',
      },
      dev: linkName('Only through this interface; for macvtap the one guests are attached to'),
      interfaces: {
        type: 'array',
        uniqueItems: true,
        description: 'Interfaces that guests are attached to in turn (macvtap); the whole list is managed',
        items: linkName('Interface'),
      },
      addresses: {
        type: 'array',
        uniqueItems: true,
        description:
          'PCI addresses of the virtual functions that guests get in turn (hostdev); the whole list is managed',
        items: pciAddress('PCI address'),
      },
      pf: linkName('Physical function: its virtual functions are the pool (hostdev and macvtap)'),
      managed: flag('Take each virtual function from its driver, and give it back (hostdev)'),
      driver: {
        type: 'object',
        additionalProperties: false,
        minProperties: 1,
        description: 'Driver that hands virtual functions to guests (hostdev)',
        properties: {
          name: { type: 'string', enum: ['kvm', 'vfio', 'xen'], description: 'How' },
          model: word('Module of the kernel (libvirt 10.0)'),
        },
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
    items: oneLine('Line'),
  },
} as const;
