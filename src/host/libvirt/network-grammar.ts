/** What a network's XML may hold, and where (LIBVIRT.md 2.1): libvirt's schema and its parser, whichever is stricter. */
import { canonicalAddress, familyOf } from '../interfaces/address.ts';
import { dnsmasqNamespace } from './network-dnsmasq.ts';
import { children, type XmlElement } from './xml.ts';
import {
  type Check,
  type ChildRule,
  type ElementRule,
  matches,
  number,
  oneOf,
  problemAt,
  problemsOf,
  type XmlProblem,
} from './xml-grammar.ts';

const address: Check = (text) => (canonicalAddress(text) === undefined ? 'an IP address' : undefined);
const ipv4: Check = (text) =>
  canonicalAddress(text) !== undefined && familyOf(text) === 'ipv4' ? undefined : 'an IPv4 address';
const any = matches(/^/, 'a text');
const some = matches(/\S/, 'a text');
const line = matches(/^[^\n\r]+$/, 'text on one line');
const yesNo = oneOf('yes', 'no');
const unsigned = number(2 ** 32 - 1);
const short = number(65_535);
const link = matches(/^(?!\.{1,2}$)[^\s/]{1,15}$/, 'an interface name of 1 to 15 letters');
const mac = matches(/^[0-9A-Fa-f]{1,2}(:[0-9A-Fa-f]{1,2}){5}$/, 'six hexadecimal bytes with colons');
const uuid = matches(/^[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}$/, 'a UUID');
const dnsName = matches(/^[a-zA-Z0-9.\-_]+$/, 'a DNS name');
const hex = matches(/^(0x[0-9a-fA-F]+|\d+)$/, 'a number');

const one = (rule: ChildRule['rule']): ChildRule => ({ rule });
const many = (rule: ChildRule['rule']): ChildRule => ({ rule, max: Number.POSITIVE_INFINITY });
const holds = (text: Check): ChildRule => one({ text });

const rate: ElementRule = {
  attributes: { average: unsigned, peak: unsigned, burst: unsigned },
  required: ['average'],
};
const bandwidth = one({ children: { inbound: one(rate), outbound: one(rate) } });
const vlan = one({
  attributes: { trunk: yesNo },
  children: {
    tag: {
      rule: { attributes: { id: number(4095), nativeMode: oneOf('tagged', 'untagged') }, required: ['id'] },
      min: 1,
      max: Number.POSITIVE_INFINITY,
    },
  },
});
const parameters = ['managerid', 'typeid', 'typeidversion', 'instanceid', 'interfaceid', 'profileid'];
const virtualport = one({
  attributes: { type: oneOf('802.1Qbg', '802.1Qbh', 'openvswitch', 'midonet') },
  children: { parameters: one({ attributes: Object.fromEntries(parameters.map((name) => [name, any])) }) },
});

const span = (check: Check): ElementRule => ({
  attributes: { start: check, end: check },
  required: ['start', 'end'],
});
const lease = one({
  attributes: { expiry: unsigned, unit: oneOf('seconds', 'minutes', 'hours') },
  required: ['expiry'],
});
const pci: ElementRule = {
  attributes: { type: oneOf('pci'), domain: hex, bus: hex, slot: hex, function: hex, connections: unsigned },
  required: ['type', 'bus', 'slot', 'function'],
};

const forward: ElementRule = {
  attributes: {
    mode: oneOf('nat', 'route', 'open', 'bridge', 'private', 'vepa', 'passthrough', 'hostdev'),
    dev: link,
    managed: yesNo,
  },
  children: {
    interface: many({ attributes: { dev: link, connections: unsigned }, required: ['dev'] }),
    address: many(pci),
    pf: one({ attributes: { dev: link }, required: ['dev'] }),
    driver: one({ attributes: { name: oneOf('kvm', 'vfio', 'xen'), model: some } }),
    nat: one({
      attributes: { ipv6: yesNo },
      children: { address: one(span(ipv4)), port: one(span(short)) },
    }),
  },
};

const ip: ElementRule = {
  attributes: {
    address,
    netmask: ipv4,
    prefix: number(128),
    family: oneOf('ipv4', 'ipv6'),
    localPtr: yesNo,
  },
  required: ['address'],
  children: {
    tftp: one({ attributes: { root: some }, required: ['root'] }),
    dhcp: one({
      children: {
        range: many({ ...span(address), children: { lease } }),
        host: many({
          attributes: { mac, id: some, name: some, ip: address },
          children: { lease },
        }),
        bootp: one({ attributes: { file: some, server: some }, required: ['file'] }),
      },
    }),
  },
};

const route: ElementRule = {
  attributes: {
    family: oneOf('ipv4', 'ipv6'),
    address,
    netmask: ipv4,
    prefix: number(128),
    gateway: address,
    metric: unsigned,
  },
  required: ['address', 'gateway'],
};

const dns: ElementRule = {
  attributes: { enable: yesNo, forwardPlainNames: yesNo },
  children: {
    forwarder: many({ attributes: { addr: address, domain: dnsName, port: short } }),
    txt: many({ attributes: { name: dnsName, value: any }, required: ['name', 'value'] }),
    srv: many({
      attributes: {
        service: some,
        protocol: oneOf('tcp', 'udp'),
        domain: dnsName,
        target: some,
        port: short,
        priority: short,
        weight: short,
      },
      required: ['service', 'protocol'],
    }),
    host: many({
      attributes: { ip: address },
      required: ['ip'],
      children: { hostname: { rule: { text: some }, min: 1, max: Number.POSITIVE_INFINITY } },
    }),
  },
};

/** The rule of the whole; prefixes of namespaces are the document's own. */
function rootRule(root: XmlElement): ElementRule {
  const prefixes = Object.keys(root.attributes).filter((name) => name.startsWith('xmlns:'));
  const dnsmasq = prefixes.find((name) => root.attributes[name] === dnsmasqNamespace)?.slice(6);
  return {
    attributes: {
      ...Object.fromEntries(prefixes.map((name) => [name, any])),
      ipv6: yesNo,
      trustGuestRxFilters: yesNo,
      connections: unsigned,
    },
    children: {
      name: { rule: { text: matches(/^[^/\n]+$/, 'a name without slash and line break') }, min: 1 },
      uuid: holds(uuid),
      title: holds(line),
      description: holds(any),
      metadata: one({ foreign: true }),
      forward: one(forward),
      bridge: one({
        attributes: {
          name: link,
          stp: oneOf('on', 'off'),
          delay: unsigned,
          zone: some,
          macTableManager: oneOf('kernel', 'libvirt'),
        },
      }),
      mtu: one({ attributes: { size: unsigned }, required: ['size'] }),
      mac: one({ attributes: { address: mac }, required: ['address'] }),
      domain: one({
        attributes: { name: dnsName, localOnly: yesNo, register: yesNo },
        required: ['name'],
      }),
      dns: one(dns),
      vlan,
      bandwidth,
      port: one({ attributes: { isolated: yesNo } }),
      ip: many(ip),
      route: many(route),
      virtualport,
      portgroup: many({
        attributes: { name: some, default: yesNo, trustGuestRxFilters: yesNo },
        required: ['name'],
        children: { virtualport, bandwidth, vlan },
      }),
      ...(dnsmasq !== undefined && {
        [`${dnsmasq}:options`]: one({
          children: { [`${dnsmasq}:option`]: many({ attributes: { value: line }, required: ['value'] }) },
        }),
      }),
    },
  };
}

/** Everything that libvirt would refuse in a document, or drop without a word. */
export function networkGrammarProblems(root: XmlElement): XmlProblem[] {
  if (root.name !== 'network') {
    return [problemAt(root, `the document is a <${root.name}>, not a <network>`)];
  }
  return [...problemsOf(root, rootRule, ''), ...metadataProblems(root)];
}

/** libvirt keeps one element a namespace, and drops what has none. */
function metadataProblems(root: XmlElement): XmlProblem[] {
  return children(root, 'metadata')
    .flatMap((metadata) => children(metadata))
    .filter(({ name, attributes }) => !name.includes(':') && attributes.xmlns === undefined)
    .map((node) => problemAt(node, `<${node.name}> in <metadata> has no namespace, libvirt would drop it`));
}
