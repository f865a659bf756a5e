/** What an `<interface>` of a guest may hold for the module to take it: what it has parameters for, spelled as libvirt reads it. */
import { NIC_TYPES } from './nic-schema.ts';
import { attr, child, children, positionIn, type XmlElement, type XmlPosition } from './xml.ts';

export interface NicXmlProblem extends XmlPosition {
  readonly message: string;
}

/** What an attribute must look like, and how that is called; undefined: anything will do. */
type Check = readonly [RegExp, string] | undefined;

const any: Check = undefined;
const whole: Check = [/^\d+$/, 'a whole number'];
const yesNo: Check = [/^(?:yes|no)$/, 'yes or no'];
const onOff: Check = [/^(?:on|off)$/, 'on or off'];
const path: Check = [/^\//, 'an absolute path'];
const ip: Check = [/^[0-9a-fA-F.:]{2,45}$/, 'an IP address'];
const port: Check = [/^[1-9]\d{0,4}$/, 'a port number'];
const family: Check = [/^ipv[46]$/, 'ipv4 or ipv6'];
const oneOf = (...words: readonly string[]): Check => [
  new RegExp(`^(?:${words.join('|')})$`),
  words.join(', '),
];
const each = (names: readonly string[], check: Check): Record<string, Check> =>
  Object.fromEntries(names.map((name) => [name, check]));

const addresses = { ip: { address: ip, family, prefix: whole, peer: ip } };
const routes = { route: { family, address: ip, prefix: whole, gateway: ip, metric: whole } };
const rate = { average: whole, peak: whole, burst: whole };
const offloads = ['csum', 'gso', 'tso4', 'tso6', 'ecn', 'ufo', 'mrg_rxbuf'];
const switches = [
  'ioeventfd',
  'event_idx',
  'rss',
  'rss_hash_report',
  'iommu',
  'ats',
  'packed',
  'page_per_vq',
];

/** Attributes by the path of their element; an element that is not here may not be there. */
const places: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
  '': { type: oneOf(...NIC_TYPES), managed: yesNo, trustGuestRxFilters: yesNo },
  '/mac': { address: [/^[0-9a-f][02468ace](?::[0-9a-f]{2}){5}$/i, 'a unicast MAC address'] },
  '/source': {
    ...each(['network', 'portgroup', 'portid', 'bridge', 'dev', 'name'], any),
    mode: oneOf('vepa', 'bridge', 'private', 'passthrough', 'server', 'client'),
    type: oneOf('unix'),
    path,
    address: ip,
    port,
  },
  '/source/address': {
    type: oneOf('pci'),
    ...each(['domain', 'bus', 'slot', 'function'], [/^(?:0x[0-9a-f]+|\d+)$/i, 'a number']),
  },
  '/source/local': { address: ip, port },
  '/source/reconnect': { enabled: yesNo, timeout: whole, delay: whole },
  ...at('/source', { ...addresses, ...routes }),
  ...at('', { ...addresses, ...routes }),
  '/portForward': { proto: oneOf('tcp', 'udp'), address: ip, dev: any },
  '/portForward/range': { start: port, end: port, to: port, exclude: yesNo },
  '/model': { type: [/^[\w-]+$/, 'letters, digits, _ and -'] },
  '/link': { state: oneOf('up', 'down') },
  '/mtu': { size: whole },
  '/bandwidth': {},
  '/bandwidth/inbound': { ...rate, floor: whole },
  '/bandwidth/outbound': rate,
  '/vlan': { trunk: yesNo },
  '/vlan/tag': { id: whole, nativeMode: oneOf('tagged', 'untagged') },
  '/virtualport': { type: oneOf('802.1Qbg', '802.1Qbh', 'openvswitch', 'midonet') },
  '/virtualport/parameters': each(
    ['managerid', 'typeid', 'typeidversion', 'instanceid', 'interfaceid', 'profileid'],
    any,
  ),
  '/filterref': { filter: any },
  '/filterref/parameter': { name: any, value: any },
  '/boot': { order: whole },
  '/alias': { name: any },
  '/target': { dev: any, managed: yesNo },
  '/address': {
    type: any,
    ...each(
      ['domain', 'bus', 'slot', 'function', 'multifunction', 'port', 'cssid', 'ssid', 'devno', 'reg', 'base'],
      any,
    ),
    ...each(['iobase', 'irq', 'controller', 'target', 'unit'], any),
  },
  '/acpi': { index: whole },
  '/driver': {
    name: oneOf('qemu', 'vhost', 'vfio', 'kvm'),
    ...each(['queues', 'rx_queue_size', 'tx_queue_size'], whole),
    txmode: oneOf('iothread', 'timer'),
    ...each(switches, onOff),
  },
  ...at('/driver', { host: each(offloads, onOff), guest: each(offloads, onOff) }),
  '/rom': { enabled: yesNo, bar: onOff, file: path },
  '/tune': {},
  '/tune/sndbuf': {},
  '/port': { isolated: yesNo },
  '/backend': { type: oneOf('default', 'passt'), tap: path, vhost: path, logFile: path },
  '/coalesce': {},
  '/coalesce/rx': {},
  '/coalesce/rx/frames': { max: whole },
  '/teaming': { type: oneOf('persistent', 'transient'), persistent: any },
  '/script': { path: any },
  '/downscript': { path: any },
};

function at<T>(base: string, below: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(below).map(([name, one]) => [`${base}/${name}`, one]));
}

const lists = new Set(['ip', 'route', 'portForward', 'range', 'tag', 'parameter']);

/** Everything in the element that the module cannot take, with where it stands. */
export function nicXmlProblems(root: XmlElement): readonly NicXmlProblem[] {
  if (root.name !== 'interface') return [problem(root, `<interface> is expected, this is <${root.name}>`)];
  const network = attr(child(root, 'source'), 'network');
  const type = attr(root, 'type');
  const live =
    network !== undefined && type !== 'network'
      ? [
          problem(
            root,
            `this is the live form of a NIC on the network ${network}: give the one of dumpxml --inactive`,
          ),
        ]
      : [];
  return [...elementProblems(root, ''), ...live];
}

function elementProblems(xml: XmlElement, where: string): NicXmlProblem[] {
  const attributes = places[where]!;
  const found: NicXmlProblem[] = [];
  for (const [name, value] of Object.entries(xml.attributes)) {
    const check = attributes[name];
    if (!Object.hasOwn(attributes, name))
      found.push(problem(xml, `there is no parameter for ${name} of <${xml.name}>`, name));
    else if (check !== undefined && !check[0].test(value))
      found.push(problem(xml, `${name} of <${xml.name}> must be ${check[1]}`, name));
  }
  const seen = new Set<string>();
  for (const node of children(xml)) {
    const below = `${where}/${node.name}`;
    if (!Object.hasOwn(places, below))
      found.push(problem(node, `there is no parameter for <${node.name}> in <${xml.name}>`));
    else if (seen.has(node.name) && !lists.has(node.name))
      found.push(problem(node, `<${node.name}> stands twice in <${xml.name}>`));
    else found.push(...elementProblems(node, below));
    seen.add(node.name);
  }
  return found;
}

const problem = (xml: XmlElement, message: string, attribute?: string): NicXmlProblem => ({
  ...(positionIn(xml, attribute) ?? { line: 1, column: 1 }),
  message,
});
