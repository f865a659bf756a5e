/** Where each parameter of a network stands in its XML (LIBVIRT.md 2.1 to 2.3). */
import { canonicalAddress, canonicalCidr, familyOf, prefixOfNetmask } from '../interfaces/address.ts';
import { dnsmasqOptions } from './network-dnsmasq.ts';
import { forwardBinding, pooled } from './network-forward.ts';
import { metadataBinding } from './network-metadata.ts';
import { bandwidthXml, readBandwidth, readVirtualPort, readVlan, virtualPortXml, vlanXml } from './port.ts';
import { attr, element, type XmlElement } from './xml.ts';
import {
  attribute,
  type Binding,
  type Codec,
  content,
  custom,
  integer,
  list,
  lowerCase,
  plain,
  record,
  section,
  yesNo,
} from './xml-binding.ts';

const address: Codec<string> = { parse: (text) => canonicalAddress(text) ?? text, format: (value) => value };
/** Anything but `off` is on to libvirt. */
const onOff: Codec<boolean> = { parse: (text) => text !== 'off', format: (value) => (value ? 'on' : 'off') };
/** Libvirt drops a zero. */
const nonZero: Codec<number> = { parse: (text) => Number(text) || undefined, format: String };
const uuid: Codec<string> = {
  parse: (text) =>
    text
      .toLowerCase()
      .replaceAll('-', '')
      .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
  format: (value) => value,
};

/** The element's own text, in its one spelling. */
const contentAs = (codec: Codec<string>): Binding => ({
  read(at) {
    const text = content.read(at) as string | undefined;
    return text === undefined || text === '' ? undefined : codec.parse(text);
  },
  write: (at, value, whole) =>
    codec.parse(String(value)) === codec.parse(String(content.read(at)))
      ? at
      : content.write(at, value, whole),
});

/** `address` with `netmask` or `prefix`, as one text: 192.168.1.1/24. */
const cidr: Binding = {
  read(at) {
    const text = attr(at, 'address');
    if (text === undefined) return undefined;
    const mask = attr(at, 'netmask');
    const prefix = attr(at, 'prefix') ?? (mask === undefined ? classPrefix(text) : prefixOfNetmask(mask));
    return canonicalCidr(`${text}/${prefix}`) ?? text;
  },
  write(at, value) {
    const wanted = canonicalCidr(String(value));
    if (wanted === undefined || this.read(at) === wanted) return at;
    const { netmask: _, family: __, ...others } = at.attributes;
    const [address = '', prefix = ''] = wanted.split('/');
    const family: Record<string, string> = familyOf(address) === 'ipv6' ? { family: 'ipv6' } : {};
    return { ...at, attributes: { ...others, ...family, address, prefix } };
  },
};

/** What libvirt takes where neither prefix nor netmask is given: the class of an IPv4 address, 64 for IPv6. */
function classPrefix(address: string): number {
  if (familyOf(address) === 'ipv6') return 64;
  const first = Number(address.split('.')[0]);
  return first < 128 ? 8 : first < 192 ? 16 : 24;
}

const leaseUnits = { seconds: 1, minutes: 60, hours: 3600 } as const;

/** Lease times in seconds; 0 never expires. */
const lease = custom<number>(
  'lease',
  (xml) => {
    const expiry = attr(xml, 'expiry');
    if (expiry === undefined) return undefined;
    return Number(expiry) * leaseUnits[(attr(xml, 'unit') ?? 'minutes') as keyof typeof leaseUnits];
  },
  (seconds) => element('lease', { expiry: seconds, unit: seconds === 0 ? undefined : 'seconds' }),
);

const bandwidth = custom('bandwidth', readBandwidth, (value, before) =>
  bandwidthXml({ ...before, ...value }),
);
const vlan = custom(
  'vlan',
  (xml) => {
    const found = readVlan(xml);
    return found && { ...found, ...(found.tags.length > 1 && { trunk: true }) };
  },
  vlanXml,
);
const virtualport = custom('virtualport', readVirtualPort, virtualPortXml);

const range = record({ start: attribute('start', address), end: attribute('end', address), lease });
const host = record({
  mac: attribute('mac', lowerCase),
  id: attribute('id', lowerCase),
  name: attribute('name', plain),
  ip: attribute('ip', address),
  lease,
});

const ip = record({
  address: cidr,
  local_ptr: attribute('localPtr', yesNo, false),
  tftp: section('tftp', record({ root: attribute('root', plain) })),
  dhcp: section(
    'dhcp',
    record({
      ranges: list('range', range, {
        key: (item: { start: string; end: string }) => `${item.start}-${item.end}`,
      }),
      hosts: list('host', host, {
        key: (item: { ip?: string; mac?: string; id?: string; name?: string }) =>
          JSON.stringify([item.ip, item.mac, item.id, item.name]),
        sorted: true,
      }),
      bootp: section('bootp', record({ file: attribute('file', plain), server: attribute('server', plain) })),
    }),
  ),
});

const txt = record({ name: attribute('name', plain), value: attribute('value', plain) });
const srv = record({
  service: attribute('service', plain),
  protocol: attribute('protocol', plain),
  domain: attribute('domain', plain),
  target: attribute('target', plain),
  port: attribute('port', nonZero),
  priority: attribute('priority', nonZero),
  weight: attribute('weight', nonZero),
});
const dnsHost = record({
  ip: attribute('ip', address),
  hostnames: list('hostname', contentAs(plain), { key: (name: string) => name }),
});

const dns = record({
  enable: attribute('enable', yesNo, true),
  forward_plain_names: attribute('forwardPlainNames', yesNo, true),
  forwarders: list(
    'forwarder',
    record({
      addr: attribute('addr', address),
      domain: attribute('domain', plain),
      port: attribute('port', nonZero),
    }),
    {
      key: (item: { addr?: string; domain?: string }) => `${item.addr}/${item.domain}`,
    },
  ),
  txt: list('txt', txt, {
    key: (item: { name: string; value: string }) => JSON.stringify([item.name, item.value]),
    sorted: true,
  }),
  srv: list('srv', srv, { key: (item: object) => JSON.stringify(item), sorted: true }),
  hosts: list('host', dnsHost, { key: (item: { ip: string }) => item.ip, sorted: true }),
});

const portgroup = record({
  name: attribute('name', plain),
  default: attribute('default', yesNo, false),
  trust_guest_rx_filters: attribute('trustGuestRxFilters', yesNo, false),
  virtualport,
  bandwidth,
  vlan,
});

/** The whole `<network>`. */
export const networkBinding = record({
  name: section('name', contentAs(plain)),
  uuid: section('uuid', contentAs(uuid)),
  title: section('title', contentAs(plain)),
  description: section('description', contentAs(plain)),
  metadata: metadataBinding,
  ipv6: attribute('ipv6', yesNo, false),
  trust_guest_rx_filters: attribute('trustGuestRxFilters', yesNo, false),
  forward: forwardBinding,
  bridge: section(
    'bridge',
    record({
      name: attribute('name', plain),
      stp: attribute('stp', onOff, true),
      delay: attribute('delay', integer, 0),
      mac_table_manager: attribute('macTableManager', plain, 'kernel'),
      zone: attribute('zone', plain),
    }),
  ),
  mtu: section('mtu', attribute('size', integer)),
  mac: section('mac', attribute('address', lowerCase)),
  domain: section(
    'domain',
    record({
      name: attribute('name', plain),
      local_only: attribute('localOnly', yesNo, false),
      register: attribute('register', yesNo, false),
    }),
  ),
  dns: section('dns', dns),
  vlan,
  bandwidth,
  port_isolated: section('port', attribute('isolated', yesNo, false)),
  ips: list('ip', ip, { key: (item: { address: string }) => item.address }),
  routes: list(
    'route',
    record({ to: cidr, via: attribute('gateway', address), metric: attribute('metric', integer) }),
    {
      key: (item: { to: string; via: string }) => `${item.to} ${item.via}`,
    },
  ),
  virtualport,
  portgroups: list('portgroup', portgroup, { key: (item: { name: string }) => item.name, sorted: true }),
  dnsmasq_options: dnsmasqOptions,
});

const items = {
  range: ['range', range],
  host: ['host', host],
  txt: ['txt', txt],
  srv: ['srv', srv],
  'dns-host': ['host', dnsHost],
  portgroup: ['portgroup', portgroup],
  interface: ['interface', pooled],
} as const satisfies Readonly<Record<string, readonly [string, Binding]>>;

/** One item of a list as XML, for `net-update`. */
export const itemXml = (item: keyof typeof items, value: unknown): XmlElement =>
  items[item][1].write(element(items[item][0]), value, true);
