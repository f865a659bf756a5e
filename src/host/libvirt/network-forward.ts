/** How guests of a network reach the outside, as parameters and as `<forward>` (LIBVIRT.md 2.1, 2.3). */
import { canonicalAddress } from '../interfaces/address.ts';
import type { Network, NetworkFields } from './network.ts';
import { attr, child, element, type XmlElement } from './xml.ts';
import {
  attribute,
  type Binding,
  type Codec,
  integer,
  list,
  plain,
  record,
  section,
  setAttribute,
  setChildren,
  yesNo,
} from './xml-binding.ts';

const address: Codec<string> = { parse: (text) => canonicalAddress(text) ?? text, format: (value) => value };

const span = <T>(name: string, codec: Codec<T>, absent?: { start: T; end: T }): Binding =>
  section(
    name,
    record({
      start: attribute('start', codec, absent?.start),
      end: attribute('end', codec, absent?.end),
    }),
  );

/** An interface of the pool. */
export const pooled = attribute('dev', plain);

/** PCI address of a virtual function, as lspci prints it: 0000:03:00.1. */
export const pciAddress: Binding = {
  read(at) {
    const digits = (name: string, length: number): string =>
      Number(attr(at, name) ?? 0)
        .toString(16)
        .padStart(length, '0');
    return `${digits('domain', 4)}:${digits('bus', 2)}:${digits('slot', 2)}.${digits('function', 1)}`;
  },
  write(at, value) {
    if (Object.hasOwn(at.attributes, 'bus') && this.read(at) === value) return at;
    const [, domain, bus, slot, fn] = /^(\w+):(\w+):(\w+)\.(\w)$/.exec(String(value)) ?? [];
    const numbers = { domain: `0x${domain}`, bus: `0x${bus}`, slot: `0x${slot}`, function: `0x${fn}` };
    return { ...at, attributes: { ...at.attributes, type: 'pci', ...numbers } };
  },
};

const fields = record({
  mode: attribute('mode', plain, 'nat'),
  dev: attribute('dev', plain),
  managed: attribute('managed', yesNo, false),
  interfaces: list('interface', pooled, { key: (dev: string) => dev }),
  addresses: list('address', pciAddress, { key: (one: string) => one }),
  pf: section('pf', pooled),
  driver: section('driver', record({ name: attribute('name', plain), model: attribute('model', plain) })),
  nat: section(
    'nat',
    record({
      ipv6: attribute('ipv6', yesNo, false),
      addresses: span('address', address),
      ports: span('port', integer, { start: 1024, end: 65535 }),
    }),
  ),
});

type Forward = Network['forward'];
type Given = NonNullable<NetworkFields['forward']>;

/**
 * No `<forward>` is an isolated network. The device is the first interface, and libvirt prints both. What a physical
 * function's network lists is what libvirt found there, and none of its definition.
 */
export const forwardBinding: Binding = {
  read(at): Forward {
    const xml = child(at, 'forward');
    if (xml === undefined) return { mode: 'isolated' };
    const { nat, managed, dev, interfaces: pool, addresses, pf, ...found } = fields.read(xml) as Forward;
    const interfaces = pool ?? (dev === undefined ? undefined : [dev]);
    return {
      ...found,
      ...(pf !== undefined ? { pf } : interfaces ? { dev: interfaces[0]!, interfaces } : {}),
      ...(pf === undefined && addresses && { addresses }),
      ...(found.mode === 'hostdev' && { managed }),
      ...(found.mode === 'nat' && nat && { nat }),
    };
  },
  write(at, value) {
    const { mode: asked, dev, interfaces, addresses, pf, nat, managed, driver } = value as Given;
    const before = this.read(at) as Forward;
    const mode = asked ?? before.mode;
    if (mode === 'isolated') return setChildren(at, 'forward', []);
    const given = interfaces ?? (dev === undefined ? undefined : [dev]);
    const pool = String(before.interfaces ?? []) === String(given) ? undefined : given;
    let xml = withoutRivals(child(at, 'forward') ?? element('forward'), {
      interfaces: given && given.length > 0,
      address: addresses && addresses.length > 0,
      pf: pf !== undefined,
    });
    xml = fields.write(xml, { mode, interfaces: pool, addresses, pf, nat, managed, driver }, false);
    if (pool !== undefined) xml = setAttribute(xml, 'dev', pool[0]);
    if (mode !== 'nat') xml = setChildren(xml, 'nat', []);
    return setChildren(at, 'forward', [xml]);
  },
};

/** Interfaces, PCI addresses and a physical function exclude each other: what is given stays. */
function withoutRivals(
  xml: XmlElement,
  given: Readonly<Record<'interfaces' | 'address' | 'pf', boolean | undefined>>,
): XmlElement {
  if (!given.interfaces && !given.address && !given.pf) return xml;
  let kept = given.interfaces ? xml : setAttribute(xml, 'dev', undefined);
  if (!given.interfaces) kept = setChildren(kept, 'interface', []);
  if (!given.address) kept = setChildren(kept, 'address', []);
  return given.pf ? kept : setChildren(kept, 'pf', []);
}
