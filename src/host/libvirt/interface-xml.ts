/** libvirt's XML of a host interface and its model (LIBVIRT.md 1.1): one document holds an interface and what is in it. */
import { isDeepStrictEqual } from 'node:util';
import { EngineError } from '../../engine/errors.ts';
import { canonicalAddress, canonicalCidr } from '../interfaces/address.ts';
import type { BondOptions, Family } from '../interfaces/link.ts';
import type { Profile, StartMode, StoredFamily6 } from '../interfaces/profile.ts';
import { grammarProblems } from './interface-grammar.ts';
import { attr, child, children, parseXml, type XmlElement } from './xml.ts';

/** Everything wrong with a document, each with its line and column in it; none: `parseInterface` takes it. */
export function interfaceProblems(text: string): readonly Pick<EngineError, 'code' | 'message' | 'hint'>[] {
  try {
    return grammarProblems(parseXml(text)).map(({ line, column, message }) => ({
      code: 'XML_CONTENT',
      message: `XML, line ${line}, column ${column}: ${message}`,
      hint: undefined,
    }));
  } catch (error) {
    if (error instanceof EngineError) return [error];
    throw error;
  }
}

/**
 * The interface, then what is in it, in the document's order: a port has its `controller`. A VLAN's parent is but a
 * name. The first port of an active-backup bond is its primary. `<link>` tells what is so now, and means nothing here.
 * @throws EngineError XML_SYNTAX, XML_CONTENT for what libvirt would refuse or drop
 */
export function parseInterface(text: string): readonly Profile[] {
  const root = parseXml(text);
  const [problem] = grammarProblems(root);
  if (problem) {
    const { line, column, message } = problem;
    throw new EngineError('XML_CONTENT', `XML, line ${line}, column ${column}: ${message}`, {
      hint: 'https://libvirt.org/formatinterface.html tells what can be there',
    });
  }
  return readInterface(root, undefined);
}

/** Whether two documents mean the same: order of protocols and ports, spelling of numbers and addresses aside. */
export function sameInterface(a: string, b: string): boolean {
  const meaning = (text: string): Record<string, Profile> =>
    Object.fromEntries(parseInterface(text).map((profile) => [profile.name, profile]));
  return isDeepStrictEqual(meaning(a), meaning(b));
}

function readInterface(xml: XmlElement, controller: string | undefined): Profile[] {
  const name = attr(xml, 'name')!;
  const kind = attr(xml, 'type') as Profile['kind'];
  const body = child(xml, kind);
  const start = attr(child(xml, 'start'), 'mode') as StartMode | undefined;
  const mtu = numberOf(child(xml, 'mtu'), 'size');
  const mac = attr(child(xml, 'mac'), 'address')?.toLowerCase();
  const members = kind === 'vlan' ? [] : children(body, 'interface');
  return [
    {
      name,
      kind,
      backend: 'libvirt',
      ...(start !== undefined && { onboot: start }),
      ...(mtu !== undefined && { mtu }),
      ...(mac !== undefined && { mac }),
      ...(controller !== undefined && { controller }),
      ...readBody(kind, body),
      ...Object.fromEntries(children(xml, 'protocol').map(readProtocol)),
      at: [],
      ours: true,
    },
    ...members.flatMap((member) => readInterface(member, name)),
  ];
}

function readBody(kind: Profile['kind'], body: XmlElement | undefined): Partial<Profile> {
  switch (kind) {
    case 'bridge': {
      const [stp, delay] = [attr(body, 'stp'), attr(body, 'delay')];
      return {
        bridge: {
          ...(stp !== undefined && { stp: stp === 'on' }),
          ...(delay !== undefined && { forward_delay: Number(delay) }),
        },
      };
    }
    case 'bond':
      return { bond: readBond(body) };
    case 'vlan':
      return {
        parent: attr(child(body, 'interface'), 'name')!,
        vlan: { id: Number(attr(body, 'tag')) },
      };
    case 'ethernet':
      return {};
  }
}

function readBond(body: XmlElement | undefined): BondOptions {
  const mode = attr(body, 'mode');
  const [miimon, arpmon] = [child(body, 'miimon'), child(body, 'arpmon')];
  const carrier = attr(miimon, 'carrier');
  const target = attr(arpmon, 'target');
  const primary = mode === 'active-backup' ? attr(child(body, 'interface'), 'name') : undefined;
  return defined({
    mode,
    primary,
    miimon: numberOf(miimon, 'freq'),
    updelay: numberOf(miimon, 'updelay'),
    downdelay: numberOf(miimon, 'downdelay'),
    use_carrier: carrier === undefined ? undefined : carrier === 'netif',
    arp_interval: numberOf(arpmon, 'interval'),
    arp_targets: target === undefined ? undefined : [target],
    arp_validate: attr(arpmon, 'validate'),
  });
}

function readProtocol(xml: XmlElement): [Family, StoredFamily6] {
  const dhcp = child(xml, 'dhcp');
  const peerdns = attr(dhcp, 'peerdns');
  const addresses = children(xml, 'ip').map(readAddress);
  const gateway = attr(child(xml, 'route'), 'gateway');
  return [
    attr(xml, 'family') as Family,
    defined({
      autoconf: child(xml, 'autoconf') && true,
      dhcp: dhcp && true,
      peerdns: peerdns === undefined ? undefined : peerdns === 'yes',
      addresses: addresses.length > 0 ? addresses : undefined,
      gateway: gateway === undefined ? undefined : canonicalAddress(gateway),
    }),
  ];
}

function readAddress(xml: XmlElement): string {
  const address = attr(xml, 'address')!;
  return canonicalCidr(`${address}/${attr(xml, 'prefix') ?? usualPrefix(address)}`)!;
}

/** What an address without a prefix has in the network scripts that netcf writes: that of its class, 64 with IPv6. */
function usualPrefix(address: string): number {
  if (address.includes(':')) return 64;
  const first = Number(address.split('.')[0]);
  return first < 128 ? 8 : first < 192 ? 16 : 24;
}

const numberOf = (xml: XmlElement | undefined, name: string): number | undefined => {
  const text = attr(xml, name);
  return text === undefined ? undefined : Number(text);
};

/** Without what is undefined. */
const defined = <T extends object>(fields: T): { [K in keyof T]?: NonNullable<T[K]> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
