/** Schema of what a network offers its guests: addresses with DHCP, and DNS. */
import {
  address,
  count,
  dnsName,
  flag,
  hostName,
  mac,
  oneLine,
  span,
  word,
  worded,
} from './network-schema-words.ts';

const lease = {
  type: 'integer',
  minimum: 0,
  maximum: 4294967295,
  description: 'Lease time in seconds; 0 never expires, else at least 120',
} as const;

export const ip = {
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

export const dns = {
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
          port: count('Port of the server; 53 when absent (libvirt 12.0)', 1, 65535),
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
