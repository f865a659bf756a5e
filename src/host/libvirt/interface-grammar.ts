/** What libvirt's interface XML may hold, and where (LIBVIRT.md 1.1): its schema and its parser, whichever is stricter. */
import { canonicalAddress, familyOf } from '../interfaces/address.ts';
import { BOND_MODES } from '../interfaces/bond-mode.ts';
import { interfaceName } from '../interfaces/schema.ts';
import { attr, children, type XmlElement } from './xml.ts';
import {
  type Check,
  type ChildRule,
  type ElementRule,
  matches,
  number,
  oneOf,
  problemAt as at,
  problemsOf,
  type XmlProblem,
} from './xml-grammar.ts';

const address =
  (family: string | undefined): Check =>
  (text) => {
    const canonical = canonicalAddress(text);
    const fits = canonical !== undefined && (family === undefined || familyOf(canonical) === family);
    return fits ? undefined : `an ${family === 'ipv6' ? 'IPv6' : 'IPv4'} address`;
  };

const kernelName = new RegExp(interfaceName.pattern, 'u');
const deviceName: Check = (text) =>
  kernelName.test(text) && /^[\w.\-\\]+$/.test(text)
    ? undefined
    : '1 to 15 letters, digits, dots, dashes, underscores';

const unsigned = number(2 ** 32 - 1);
const seconds = matches(/^\d+(\.\d*)?$|^\.\d+$/, 'a number of seconds');
const yesNo = oneOf('yes', 'no');

const link: ElementRule = {
  attributes: {
    speed: unsigned,
    state: oneOf('unknown', 'notpresent', 'down', 'lowerlayerdown', 'testing', 'dormant', 'up'),
  },
};
const mac: ElementRule = {
  attributes: {
    address: matches(/^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$/, 'six hexadecimal bytes with colons'),
  },
  required: ['address'],
};

const protocol = (xml: XmlElement): ElementRule => {
  const family = attr(xml, 'family');
  return {
    attributes: { family: oneOf('ipv4', 'ipv6') },
    required: ['family'],
    children: {
      ...(family !== 'ipv4' && { autoconf: { rule: {} } }),
      dhcp: { rule: { attributes: { peerdns: yesNo } } },
      ip: {
        rule: {
          attributes: { address: address(family), prefix: number(family === 'ipv6' ? 128 : 32) },
          required: ['address'],
        },
        max: Number.POSITIVE_INFINITY,
      },
      route: { rule: { attributes: { gateway: address(family) }, required: ['gateway'] } },
    },
  };
};

const miimon: ElementRule = {
  attributes: { freq: unsigned, downdelay: unsigned, updelay: unsigned, carrier: oneOf('ioctl', 'netif') },
  required: ['freq'],
};
const arpmon: ElementRule = {
  attributes: {
    interval: unsigned,
    target: address('ipv4'),
    validate: oneOf('active', 'backup', 'all', 'none'),
  },
  required: ['interval', 'target'],
};

/** What an interface can stand in, and what it can hold there. */
type Place = 'top' | 'bridge' | 'bond';
const kindsIn = {
  top: ['ethernet', 'bridge', 'bond', 'vlan'],
  bridge: ['ethernet', 'bond', 'vlan'],
  bond: ['ethernet'],
} as const;

const members = (place: Place, min = 0): ChildRule => ({
  rule: interfaceIn(place),
  min,
  max: Number.POSITIVE_INFINITY,
});

const bodies: Readonly<Record<string, ElementRule>> = {
  bridge: {
    attributes: { stp: oneOf('on', 'off'), delay: seconds },
    children: { interface: members('bridge') },
  },
  bond: {
    attributes: { mode: oneOf(...BOND_MODES) },
    children: { miimon: { rule: miimon }, arpmon: { rule: arpmon }, interface: members('bond', 1) },
  },
  vlan: {
    attributes: { tag: number(4095) },
    required: ['tag'],
    children: { interface: { rule: { attributes: { name: deviceName }, required: ['name'] }, min: 1 } },
  },
};

/** The rule of an `<interface>` by its type. */
function interfaceIn(place: Place) {
  return (xml: XmlElement): ElementRule => {
    const type = attr(xml, 'type') ?? '';
    const body = Object.hasOwn(bodies, type) ? bodies[type] : undefined;
    return {
      attributes: { type: oneOf(...kindsIn[place]), name: deviceName },
      required: ['type', 'name'],
      children: {
        ...(place === 'top' && {
          start: {
            rule: { attributes: { mode: oneOf('onboot', 'none', 'hotplug') }, required: ['mode'] },
          },
          mtu: { rule: { attributes: { size: number(100_000) }, required: ['size'] } },
          protocol: { rule: protocol, max: Number.POSITIVE_INFINITY },
        }),
        ...(type !== 'bridge' && { link: { rule: link } }),
        ...(type === 'ethernet' && { mac: { rule: mac } }),
        ...(body && { [type]: { rule: body, min: 1 } }),
      },
    };
  };
}

/** Everything that libvirt would refuse in a document, or drop without a word. */
export function grammarProblems(root: XmlElement): XmlProblem[] {
  if (root.name !== 'interface') return [at(root, `the document is a <${root.name}>, not an <interface>`)];
  const problems = problemsOf(root, interfaceIn('top'), '');
  return problems.length > 0 ? problems : contradictions(root);
}

/** What only several elements together say. */
function contradictions(top: XmlElement): XmlProblem[] {
  const problems: XmlProblem[] = [];
  const families = new Set<string | undefined>();
  for (const xml of children(top, 'protocol')) {
    const family = attr(xml, 'family');
    if (families.has(family)) problems.push(at(xml, `there are two <protocol> for ${family}`, 'family'));
    families.add(family);
  }
  const seen = new Set<string>();
  const visit = (xml: XmlElement): void => {
    const name = attr(xml, 'name')!;
    if (seen.has(name)) problems.push(at(xml, `${name} is there twice`, 'name'));
    seen.add(name);
    const body = children(xml, attr(xml, 'type'))[0];
    const [miimonXml] = children(body, 'miimon');
    const [arpmonXml] = children(body, 'arpmon');
    if (miimonXml && arpmonXml) {
      problems.push(at(arpmonXml, '<miimon> and <arpmon> turn each other off: one of them can be there'));
    }
    if (attr(xml, 'type') !== 'vlan') for (const member of children(body, 'interface')) visit(member);
    else if (attr(children(body, 'interface')[0], 'name') === name) {
      problems.push(at(xml, `${name} cannot stand on itself`, 'name'));
    }
  };
  visit(top);
  return problems;
}
