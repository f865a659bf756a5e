/** Documents that differ from a given one in one field each: another value of it, or none. */
import {
  formatXml,
  isElement,
  parseXml,
  type XmlElement,
  type XmlNode,
} from '../../../src/host/libvirt/xml.ts';

export interface Mutant {
  /** `network/ip@address: 10.9.1.2` */
  readonly what: string;
  readonly xml: string;
}

const modes = ['nat', 'route', 'open', 'bridge', 'private', 'vepa', 'passthrough', 'hostdev'];
const words: readonly (readonly string[])[] = [
  ['yes', 'no'],
  ['on', 'off'],
  ['kernel', 'libvirt'],
  ['tcp', 'udp'],
  ['seconds', 'minutes', 'hours'],
  ['tagged', 'untagged'],
  ['ipv4', 'ipv6'],
  ['vfio', 'kvm', 'xen'],
  ['802.1Qbg', '802.1Qbh', 'openvswitch', 'midonet'],
  modes,
];

/** Other values that could stand in the place of one. */
function others(value: string): readonly string[] {
  const list = words.find((one) => one.includes(value));
  if (list) return list.filter((one) => one !== value);
  if (/^\d+$/.test(value)) return [String(Number(value) + 1), String(Number(value) + 16)];
  if (/^0x/.test(value)) return [`0x${(Number(value) + 1).toString(16)}`];
  const number = /^(.*[.:])([0-9a-f]+)$/i.exec(value);
  if (number) {
    const [, start, end] = number;
    const next = value.includes('.')
      ? String((Number(end) + 1) % 250)
      : ((Number.parseInt(end!, 16) + 1) % 250).toString(16).padStart(end!.length, '0');
    return [`${start}${next}`];
  }
  if (/^[0-9a-f]{8}-/.test(value)) return [`${value.slice(0, -1)}${value.endsWith('1') ? '2' : '1'}`];
  return [`${value}x`];
}

export function mutants(text: string): Mutant[] {
  return mutantsOf(parseXml(text), '').map(({ what, node }) => ({ what, xml: formatXml(node) }));
}

interface Changed {
  readonly what: string;
  readonly node: XmlElement;
}

function mutantsOf(node: XmlElement, above: string): Changed[] {
  const path = `${above}/${node.name}`;
  if (path === '/network/name') return [];
  const ofAttributes = Object.entries(node.attributes)
    .filter(([name]) => !name.startsWith('xmlns'))
    .flatMap(([name, value]) => {
      const { [name]: _, ...rest } = node.attributes;
      return [
        ...others(value).map((other) => ({
          what: `${path}@${name}: ${other}`,
          node: { ...node, attributes: { ...node.attributes, [name]: other } },
        })),
        { what: `${path}@${name}: none`, node: { ...node, attributes: rest } },
      ];
    });
  const ofChildren = node.children.flatMap((one, index): Changed[] => {
    const replaced = (by: readonly XmlNode[]): XmlElement => ({
      ...node,
      children: [...node.children.slice(0, index), ...by, ...node.children.slice(index + 1)],
    });
    if (typeof one === 'string') {
      if (one.trim() === '') return [];
      return others(one).map((other) => ({ what: `${path}: ${other}`, node: replaced([other]) }));
    }
    if (!isElement(one)) return [];
    const inside = mutantsOf(one, path).map(({ what, node: inner }) => ({ what, node: replaced([inner]) }));
    if (one.name === 'name') return [];
    return [...inside, { what: `${path}/${one.name}: none`, node: replaced([]) }];
  });
  return [...ofAttributes, ...ofChildren];
}
