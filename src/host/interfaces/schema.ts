import { BACKENDS } from './profile.ts';

/**
 * JSON-schema fragments that the interface modules share. `x-hint` is printed with a mistake.
 */

export const interfaceName = {
  type: 'string',
  pattern: '^(?!(\\.{1,2}|all|default)$)[^/\\s:%\\u0000-\\u001f\\u007f]{1,15}$',
  'x-hint':
    'interface names have 1 to 15 bytes, no slash, colon, percent sign or white space, and are not . or .., all or default',
} as const;

export const macAddress = {
  type: 'string',
  pattern: '^[0-9A-Fa-f][02468ACEace](:[0-9A-Fa-f]{2}){5}$',
  'x-hint': 'six hexadecimal bytes with colons, the first one even: 52:54:00:12:34:56',
} as const;

const cidr = {
  type: 'string',
  pattern: '^[0-9A-Fa-f:.]+/[0-9]{1,3}$',
  'x-hint': 'an address with its prefix length, such as 192.0.2.10/24 or 2001:db8::10/64',
} as const;

const address = {
  type: 'string',
  pattern: '^[0-9A-Fa-f:.]+$',
  'x-hint': 'an IP address without a prefix length',
} as const;

const addresses = {
  type: 'array',
  description:
    'Addresses with prefix length; the whole list is managed, but not what DHCP or the kernel adds',
  items: {
    anyOf: [
      cidr,
      {
        type: 'object',
        additionalProperties: false,
        required: ['address'],
        properties: {
          address: { ...address, description: 'The address' },
          prefix: { type: 'integer', minimum: 0, maximum: 128, description: 'Prefix length' },
          netmask: { ...address, description: 'Netmask instead of a prefix length, IPv4 only' },
        },
      },
    ],
  },
} as const;

const routes = {
  type: 'array',
  description: 'Permanent routes out of this interface but for the gateway; the whole list is managed',
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['to'],
    properties: {
      to: {
        type: 'string',
        pattern: '^(default|[0-9A-Fa-f:.]+(/[0-9]{1,3})?)$',
        description: 'Destination: a network, an address, or default',
      },
      via: { ...address, description: 'Next hop' },
      dev: { ...interfaceName, description: 'Interface: this one, if it is named at all' },
      table: {
        type: 'integer',
        minimum: 1,
        maximum: 4294967295,
        description: 'Routing table; main if left out',
      },
      metric: {
        type: 'integer',
        minimum: 0,
        maximum: 4294967295,
        description: 'Metric; the kernel chooses if left out',
      },
      src: { ...address, description: 'Preferred source address' },
    },
  },
} as const;

const gateway = {
  type: 'string',
  pattern: '^(none|[0-9A-Fa-f:.]+)$',
  description: 'Next hop of the default route; none removes it',
} as const;

const domain = {
  type: 'string',
  pattern: '^[0-9A-Za-z_][0-9A-Za-z._-]{0,252}$',
  'x-hint': 'a domain name such as example.net',
} as const;

const dnsList = {
  servers: { type: 'array', items: address, description: 'Name servers, in order' },
  search: { type: 'array', items: domain, description: 'Domains to search' },
} as const;

const dns = {
  description: 'Name servers, as a list, or {servers, search}; stored with the definition',
  anyOf: [
    dnsList.servers,
    { type: 'object', additionalProperties: false, minProperties: 1, properties: dnsList },
  ],
} as const;

const selector = {
  type: 'string',
  pattern: '^[0-9A-Fa-f:.]+(/[0-9]{1,3})?$',
  'x-hint': 'an address or a network',
} as const;

const rules = {
  type: 'array',
  description: 'Routing policy rules; the whole list is managed; stored with the definition',
  items: {
    type: 'object',
    additionalProperties: false,
    minProperties: 1,
    properties: {
      from: { ...selector, description: 'Source' },
      to: { ...selector, description: 'Destination' },
      table: {
        type: 'integer',
        minimum: 1,
        maximum: 4294967295,
        description: 'Routing table; main if left out',
      },
      priority: { type: 'integer', minimum: 1, maximum: 32765, description: 'Lower ones are asked first' },
    },
  },
} as const;

const dhcp = {
  description: 'Get addresses by DHCP',
  anyOf: [
    { type: 'boolean' },
    {
      type: 'object',
      additionalProperties: false,
      properties: { peerdns: { type: 'boolean', description: 'Take name servers from DHCP' } },
    },
  ],
} as const;

/** Parameters that all four modules have. */
export const interfaceProperties = {
  state: {
    enum: ['active', 'defined', 'inactive', 'absent'],
    description: 'What is wanted: up as given, stored only, down, or not there',
  },
  mtu: { type: 'integer', minimum: 68, maximum: 65535, description: 'MTU in bytes' },
  mac: { ...macAddress, description: 'MAC address' },
  label: {
    type: 'string',
    maxLength: 255,
    pattern: '^[^\\u0000-\\u001f\\u007f]*$',
    description: 'What the interface is for (ifalias); empty removes it',
  },
  ipv4: {
    type: 'object',
    additionalProperties: false,
    description: 'IPv4',
    properties: { addresses, gateway, routes, dhcp, dns, rules },
  },
  ipv6: {
    type: 'object',
    additionalProperties: false,
    description: 'IPv6',
    properties: {
      addresses,
      gateway,
      routes,
      dhcp,
      autoconf: { type: 'boolean', description: 'Make addresses from router advertisements' },
      accept_ra: {
        enum: [true, false, 0, 1, 2],
        description: 'Accept router advertisements; 2 also when the host forwards',
      },
      dns,
      rules,
    },
  },
  onboot: {
    enum: [true, false, 'onboot', 'none', 'hotplug'],
    description: 'Start mode of the definition: at boot, only by hand, or when the device appears',
  },
  uuid: {
    type: 'string',
    pattern: '^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$',
    'x-hint': 'a UUID such as 3f9a4c5e-8f5a-4a8e-9d3c-0f7a52b1c8d4',
    description: 'UUID of the definition',
  },
  backend: {
    enum: ['iproute2', ...BACKENDS],
    description:
      'Who keeps the definition: who owns the interface today if left out; iproute2 keeps nothing and changes what is live',
  },
  adopt: {
    type: 'boolean',
    description: 'Take over a definition that belongs to someone else: another file, or another backend',
  },
  guard: {
    enum: ['auto', 'always', 'never'],
    description:
      'Confirm the change over a new connection, or let the host put itself back: where it touches the path of the SSH connection (auto), always or never',
  },
  confirm_timeout: {
    type: 'integer',
    minimum: 1,
    maximum: 3600,
    description:
      'Seconds until the host puts itself back; default 30, more where STP, LACP or DHCP take longer',
  },
  confirm_host: {
    type: 'string',
    pattern: '^[0-9A-Za-z][0-9A-Za-z:._-]*$',
    'x-hint': 'an address or a host name',
    description: 'Where the host answers after the change, if it is not clear from the change itself',
  },
  xml: {
    type: 'string',
    'x-file': true,
    'x-hint': 'XML, or @FILE',
    description:
      "libvirt's own XML of the interface and what is in it, or @FILE; instead of the parameters that it has words for",
  },
} as const;

export const portList = {
  type: 'array',
  uniqueItems: true,
  items: interfaceName,
} as const;
