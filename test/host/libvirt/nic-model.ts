/**
 * libvirt's handling of guest NICs in small: strict where libvirt is (LIBVIRT.md 3.4, 3.5), forgetful where it forgets.
 * An outside to test planners against from any state; nic-libvirtd.test.ts compares with the real one.
 */
import type { Step } from '../../../src/engine/module.ts';
import {
  attr,
  child,
  element,
  isElement,
  parseXml,
  withChildren,
  type XmlElement,
} from '../../../src/host/libvirt/xml.ts';

export interface ModelDomain {
  stored: XmlElement[] | undefined;
  live: XmlElement[] | undefined;
  /** Bridge of each network; undefined: it plugs no one into a bridge */
  networks: Readonly<Record<string, { type: string; bridge?: string; dev?: string; mode?: string }>>;
  count: number;
}

/** @throws Error as virsh would fail */
export function runStep(domain: ModelDomain, step: Step): void {
  const [word] = step.title.split(' ');
  if (word === 'replug' || word === 'replace') {
    const [before, after] = step.argv.slice(-2);
    const scope = word === 'replug' ? '--live' : '--config';
    const virsh = (command: string, stdin: string | undefined) =>
      runStep(domain, { title: '', argv: ['virsh', '', '', '', command, scope], stdin: stdin ?? '' });
    virsh('detach-device', before);
    virsh('attach-device', after);
    return;
  }
  const detachesLive = step.argv[0] === 'sh';
  const command = detachesLive ? 'detach-device' : step.argv[4];
  const halves = detachesLive
    ? ['live' as const]
    : [
        ...(step.argv.includes('--live') ? ['live' as const] : []),
        ...(step.argv.includes('--config') ? ['stored' as const] : []),
      ];
  const xml = parseXml(detachesLive ? step.argv.at(-1)! : (step.stdin ?? ''));
  for (const half of halves) {
    const nics = domain[half];
    if (nics === undefined) throw new Error(half === 'live' ? 'domain is not running' : 'transient domain');
    if (command === 'attach-device') {
      const bus = value(xml, 'address', 'bus');
      if (nics.some((nic) => bus !== undefined && value(nic, 'address', 'bus') === bus))
        throw new Error('Attempted double use of PCI Address');
      nics.push(half === 'live' ? plugged(domain, xml) : stored(domain, xml));
      continue;
    }
    const index = find(nics, xml);
    if (command === 'detach-device') nics.splice(index, 1);
    else if (half === 'stored') nics[index] = stored(domain, xml);
    else nics[index] = updated(domain, nics[index]!, xml);
  }
}

const value = (nic: XmlElement, name: string, key: string): string | undefined => attr(child(nic, name), key);
const without = (nic: XmlElement, ...names: string[]): XmlElement =>
  withChildren(
    nic,
    nic.children.filter((node) => !(isElement(node) && names.includes(node.name))),
  );
const plus = (nic: XmlElement, ...nodes: XmlElement[]): XmlElement =>
  withChildren(without(nic, ...nodes.map(({ name }) => name)), [
    ...without(nic, ...nodes.map(({ name }) => name)).children,
    ...nodes,
  ]);

function find(nics: readonly XmlElement[], xml: XmlElement): number {
  const same = (a: string | undefined, b: string | undefined) =>
    a === undefined || b === undefined || a === b;
  const matching = nics.filter(
    (nic) =>
      same(value(xml, 'mac', 'address'), value(nic, 'mac', 'address')) &&
      same(value(xml, 'address', 'bus'), value(nic, 'address', 'bus')) &&
      same(value(xml, 'alias', 'name'), value(nic, 'alias', 'name')),
  );
  if (matching.length !== 1) throw new Error(`${matching.length} devices match`);
  return nics.indexOf(matching[0]!);
}

const address = (domain: ModelDomain): XmlElement =>
  element('address', {
    type: 'pci',
    domain: '0x0000',
    bus: `0x${(++domain.count).toString(16)}`,
    slot: '0x00',
    function: '0x0',
  });

const withDefaults = (domain: ModelDomain, xml: XmlElement): XmlElement => {
  const model = child(xml, 'model') ?? element('model', { type: 'rtl8139' });
  return plus(xml, model, child(xml, 'address') ?? address(domain));
};

function stored(domain: ModelDomain, xml: XmlElement): XmlElement {
  const kept = /^(?:vnet|macvtap)/.test(value(xml, 'target', 'dev') ?? '') ? without(xml, 'target') : xml;
  const own = value(kept, 'alias', 'name')?.startsWith('ua-') === false ? without(kept, 'alias') : kept;
  const { network, portgroup, bridge, dev, mode } = child(xml, 'source')?.attributes ?? {};
  const source =
    attr(xml, 'type') === 'network'
      ? element('source', { network, portgroup })
      : element('source', {
          bridge,
          dev,
          mode: attr(xml, 'type') === 'direct' ? (mode ?? 'vepa') : undefined,
        });
  return withDefaults(domain, plus(own, source));
}

function plugged(domain: ModelDomain, xml: XmlElement): XmlElement {
  const nic = stored(domain, xml);
  const number = ++domain.count;
  const named = plus(
    nic,
    child(nic, 'alias') ?? element('alias', { name: `net${number}` }),
    ...(attr(nic, 'type') === 'user'
      ? []
      : [child(nic, 'target') ?? element('target', { dev: `vnet${number}` })]),
  );
  return actual(domain, named);
}

/** A NIC on a network says what the network made of it. */
function actual(domain: ModelDomain, nic: XmlElement): XmlElement {
  const name = value(nic, 'source', 'network');
  if (attr(nic, 'type') !== 'network' || name === undefined) return nic;
  const network = domain.networks[name];
  if (network === undefined) throw new Error(`no network ${name}`);
  const { type, ...plug } = network;
  const source = element('source', {
    network: name,
    portgroup: value(nic, 'source', 'portgroup'),
    portid: `port${++domain.count}`,
    ...plug,
  });
  return plus({ ...nic, attributes: { ...nic.attributes, type } }, source);
}

function updated(domain: ModelDomain, before: XmlElement, xml: XmlElement): XmlElement {
  for (const [name, key] of [
    ['model', 'type'],
    ['mtu', 'size'],
    ['boot', 'order'],
  ] as const) {
    if (value(before, name, key) !== value(xml, name, key)) throw new Error(`cannot modify ${name}`);
  }
  for (const name of ['driver', 'rom', 'backend', 'script', 'acpi', 'tune']) {
    if (JSON.stringify(child(before, name)) !== JSON.stringify(child(xml, name)))
      throw new Error(`cannot modify ${name}`);
  }
  const next = actual(domain, plus(xml, child(before, 'alias')!, child(before, 'address')!));
  const [from, to] = [before, next].map((nic) => value(nic, 'source', 'bridge'));
  if (from === undefined || to === undefined) {
    for (const key of ['dev', 'mode']) {
      if (value(before, 'source', key) !== value(next, 'source', key))
        throw new Error('cannot be reconnected');
    }
    if (from !== to) throw new Error('cannot be reconnected');
  }
  // Refused, or taken without effect
  const fixed =
    attr(next, 'type') === 'user' || (from === undefined && value(next, 'source', 'network') !== undefined);
  for (const name of fixed
    ? ['bandwidth', 'vlan', 'virtualport', 'coalesce', 'filterref']
    : ['teaming', 'downscript']) {
    if (JSON.stringify(child(before, name)) !== JSON.stringify(child(xml, name)))
      throw new Error(`an update has no effect on ${name}`);
  }
  const onNetworks = [before, next].every((nic) => value(nic, 'source', 'network') !== undefined);
  if (onNetworks && value(before, 'source', 'portgroup') !== value(next, 'source', 'portgroup'))
    throw new Error('cannot modify portgroup');
  // 3.5: fed with live XML, it forgets the network that the NIC is on
  if (attr(xml, 'type') !== 'network' && value(xml, 'source', 'network') !== undefined)
    throw new Error('live XML was fed back');
  return child(next, 'target') || attr(next, 'type') === 'user' ? next : plus(next, child(before, 'target')!);
}
