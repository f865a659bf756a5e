/** Kinds of values in a network's schema. */

export const text = (description: string) => ({ type: 'string', minLength: 1, description }) as const;
export const flag = (description: string) => ({ type: 'boolean', description }) as const;
export const count = (description: string, minimum: number, maximum: number) =>
  ({ type: 'integer', minimum, maximum, description }) as const;

export const worded = (pattern: string, hint: string) => (description: string) =>
  ({ type: 'string', pattern, description, 'x-hint': hint }) as const;

/** libvirt (9.0 at least) writes it into XML as it is, between single quotes, and could not read it again. */
export const profileId = worded(
  "^[^'<&\\u0000-\\u001f\\u007f]{1,39}$",
  "at most 39 characters, without ' < & and control characters",
);

export const linkName = worded(
  '^(?!\\.{1,2}$)[A-Za-z0-9_.-]{1,15}$',
  'an interface name here has 1 to 15 letters, digits, underscores, dots or dashes',
);
export const pciAddress = worded(
  '^[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\\.[0-7]$',
  'a PCI address as lspci -D prints it, such as 0000:03:00.1',
);
export const dnsName = worded('^[a-zA-Z0-9.-]+$', 'a DNS name has letters, digits, dashes and dots');
export const hostName = worded('^[a-zA-Z][a-zA-Z0-9._-]*$', 'a host name starts with a letter');
export const portgroupName = worded(
  '^[a-zA-Z0-9_.:/\\\\-]+$',
  'a portgroup has letters, digits and _ . - : / \\',
);
export const oneLine = worded('^[^\\n\\r]+$', 'text on one line');
export const word = worded('^[a-zA-Z0-9._-]+$', 'letters, digits, underscores, dots and dashes');

export const address = (description: string) =>
  ({
    type: 'string',
    pattern: '^[0-9a-fA-F:.]+$',
    description,
    'x-hint': 'an IP address such as 192.168.1.1',
  }) as const;

export const mac = (description: string) =>
  ({
    type: 'string',
    pattern: '^[0-9a-fA-F][02468aceACE](?::[0-9a-fA-F]{2}){5}$',
    description,
    'x-hint': 'a unicast MAC address such as 52:54:00:12:34:56',
  }) as const;

export const span = {
  type: 'object',
  additionalProperties: false,
  required: ['start', 'end'],
} as const;
