/** Every other value that an attribute or a text of an `<interface>` could have, and every element left out, one at a time. */
import { isElement, withChildren, type XmlElement } from '../../../src/host/libvirt/xml.ts';

export interface Mutation {
  /** Of the attribute, `source@network`; of the text, `tune/sndbuf`; of what is left out, `-driver` */
  readonly path: string;
  readonly xml: XmlElement;
}

/** What libvirt itself makes no difference of, or makes up in a live definition. */
const meaningless = new Set([
  'source@portid',
  'ip@family',
  'route@family',
  'source/ip@family',
  'source/route@family',
  'source@type',
  'source/address@type',
]);

export function mutationsOf(root: XmlElement): readonly Mutation[] {
  return mutate(root, '').filter(({ path }) => !meaningless.has(path));
}

function mutate(xml: XmlElement, where: string): Mutation[] {
  const own = Object.entries(xml.attributes).map(([name, value]) => ({
    path: `${where}@${name}`,
    xml: { ...xml, attributes: { ...xml.attributes, [name]: another(name, value) } },
  }));
  const below = xml.children.flatMap((node, index): Mutation[] => {
    if (!isElement(node)) {
      if (typeof node !== 'string' || node.trim() === '') return [];
      const changed = another('', node.trim());
      return [{ path: where, xml: withChildren(xml, xml.children.with(index, changed)) }];
    }
    const path = where === '' ? node.name : `${where}/${node.name}`;
    const gone = { path: `-${path}`, xml: withChildren(xml, xml.children.toSpliced(index, 1)) };
    const changed = mutate(node, path).map((mutation) => ({
      ...mutation,
      xml: withChildren(xml, xml.children.with(index, mutation.xml)),
    }));
    return [gone, ...changed];
  });
  return [...own, ...below];
}

const pairs: Readonly<Record<string, string>> = {
  yes: 'no',
  on: 'off',
  up: 'down',
  tcp: 'udp',
  server: 'client',
  bridge: 'private',
  vepa: 'bridge',
  persistent: 'transient',
  transient: 'persistent',
  qemu: 'vhost',
  iothread: 'timer',
  virtio: 'e1000e',
  openvswitch: 'midonet',
  midonet: 'openvswitch',
  passt: 'default',
};
const opposites = new Map([
  ...Object.entries(pairs),
  ...Object.entries(pairs).map(([a, b]) => [b, a] as const),
]);

function another(name: string, value: string): string {
  const opposite = opposites.get(value);
  if (opposite !== undefined) return opposite;
  if (/^0x[0-9a-f]+$/i.test(value))
    return `0x${((Number(value) % 7) + 1).toString(16).padStart(value.length - 2, '0')}`;
  if (/^\d+$/.test(value)) return String(Number(value) + 1);
  if (/^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/i.test(value))
    return value.replace(/.$/, (digit) => (digit === '1' ? '2' : '1'));
  if (/^\d+\.\d+\.\d+\.\d+$/.test(value))
    return value.replace(/\d+$/, (part) => String((Number(part) + 1) % 256));
  if (/^[0-9a-f:]*:[0-9a-f:]*$/i.test(value))
    return value.replace(/[0-9a-f]$/i, (digit) => (digit === '1' ? '2' : '1'));
  if (/^[0-9a-f-]{36}$/i.test(value)) return value.replace(/.$/, (digit) => (digit === '1' ? '2' : '1'));
  if (name === 'type' && value === 'user') return 'ethernet';
  return `${value}x`;
}
