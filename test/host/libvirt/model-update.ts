/** libvirt's `net-update` on a network's XML, as far as it is written down in LIBVIRT.md 2.5: what it matches by, and what it refuses. */
import { familyOf } from '../../../src/host/interfaces/address.ts';
import { attr, child, children, element, textOf, type XmlElement } from '../../../src/host/libvirt/xml.ts';
import { setAttribute, setChildren } from '../../../src/host/libvirt/xml-binding.ts';

export interface Update {
  readonly command: string;
  readonly section: string;
  readonly xml: XmlElement;
  /** Which `<ip>`; -1: the one with DHCP, else the first */
  readonly parentIndex: number;
}

type Match = (one: XmlElement) => boolean;

/** The network afterwards. @throws Error where libvirt refuses */
export function updated(net: XmlElement, update: Update): XmlElement {
  const { xml, section } = update;
  const same = (name: string) => (one: XmlElement) => attr(one, name) === attr(xml, name);
  switch (section) {
    case 'ip-dhcp-host':
      return inDhcp(net, update, (dhcp) => hosts(dhcp, update));
    case 'ip-dhcp-range':
      return inDhcp(net, update, (dhcp) =>
        changed(dhcp, update, {
          clash: both(same('start'), same('end')),
          match: both(same('start'), same('end')),
        }),
      );
    case 'dns-host': {
      const names = (one: XmlElement) => children(one, 'hostname').map(textOf);
      const shares: Match = (one) => names(xml).some((name) => names(one).includes(name));
      const match: Match = (one) => same('ip')(one) || shares(one);
      return within(net, 'dns', (dns) => changed(dns, update, { clash: same('ip'), match, unique: true }));
    }
    case 'dns-txt':
      return within(net, 'dns', (dns) =>
        changed(dns, update, {
          clash: same('name'),
          match: same('name'),
          modify: same('name'),
          unique: true,
        }),
      );
    case 'dns-srv': {
      if (update.command !== 'delete' && attr(xml, 'service') === undefined) throw new Error('no service');
      const match: Match = (one) => Object.keys(xml.attributes).every((name) => same(name)(one));
      return within(net, 'dns', (dns) => changed(dns, update, { clash: match, match, unique: true }));
    }
    case 'forward-interface':
      return within(net, 'forward', (forward) => {
        const used = children(forward, 'interface').find(same('dev'));
        if (update.command === 'delete' && Number(attr(used, 'connections') ?? 0) > 0) {
          throw new Error('the interface is in use');
        }
        const after = changed(forward, update, { clash: same('dev'), match: same('dev') });
        return setAttribute(after, 'dev', attr(child(after, 'interface'), 'dev'));
      });
    case 'portgroup': {
      const others = children(net, 'portgroup').filter((one) => !same('name')(one));
      const isDefault = (one: XmlElement) => attr(one, 'default') === 'yes';
      if (update.command !== 'delete' && isDefault(xml) && others.some(isDefault)) {
        throw new Error('multiple default portgroups');
      }
      return changed(net, update, { clash: same('name'), match: same('name'), modify: same('name') });
    }
    default:
      throw new Error(`can't update '${section}' section`);
  }
}

const both =
  (...matches: readonly Match[]): Match =>
  (one) =>
    matches.every((match) => match(one));

function hosts(dhcp: XmlElement, update: Update): XmlElement {
  const { xml, command } = update;
  const given = (name: string) => attr(xml, name) !== undefined;
  const same = (name: string, one: XmlElement) =>
    attr(one, name)?.toLowerCase() === attr(xml, name)?.toLowerCase();
  if (command !== 'delete' && (!given('ip') || !(given('mac') || given('name') || given('id')))) {
    throw new Error('a static host needs an address, and a MAC address or a name');
  }
  const any: Match = (one) => ['mac', 'name', 'ip'].some((name) => given(name) && same(name, one));
  const match: Match = (one) =>
    (!given('mac') || attr(one, 'mac') === undefined || same('mac', one)) &&
    (!given('name') || attr(one, 'name') === attr(xml, 'name')) &&
    (!given('ip') || same('ip', one));
  return changed(dhcp, update, { clash: any, match, modify: any });
}

function inDhcp(
  net: XmlElement,
  { parentIndex, xml }: Update,
  change: (dhcp: XmlElement) => XmlElement,
): XmlElement {
  const ips = children(net, 'ip');
  const family = (wanted: string) => ips.find((one) => (attr(one, 'family') ?? 'ipv4') === wanted);
  const ip =
    parentIndex < 0
      ? (ips.find((one) => child(one, 'dhcp')) ?? family('ipv4') ?? family('ipv6'))
      : ips[parentIndex];
  if (ip === undefined) throw new Error(`no <ip> element found at index ${parentIndex}`);
  const own = attr(xml, 'ip') ?? attr(xml, 'start');
  if (own !== undefined && familyOf(own) !== (attr(ip, 'family') ?? 'ipv4')) {
    throw new Error('mismatch of address family');
  }
  return setChildren(
    net,
    'ip',
    ips.map((one) => (one === ip ? within(ip, 'dhcp', change) : one)),
  );
}

/** What an addition must not meet, what a deletion hits, and what a modification does; without it there is none. */
interface Rules {
  readonly clash: Match;
  readonly match: Match;
  readonly modify?: Match;
  /** A deletion that could mean several is refused */
  readonly unique?: boolean;
}

function changed(at: XmlElement, { command, section, xml }: Update, rules: Rules): XmlElement {
  const items = children(at, xml.name);
  const write = (list: readonly XmlElement[]) => setChildren(at, xml.name, list);
  if (command === 'add-first' || command === 'add-last') {
    if (items.some(rules.clash)) throw new Error(`there is an existing ${section} entry that matches`);
    return write(command === 'add-first' ? [xml, ...items] : [...items, xml]);
  }
  const match = command === 'modify' ? rules.modify : rules.match;
  if (match === undefined) throw new Error(`${section} entries cannot be modified`);
  const found = items.filter(match);
  if (found.length === 0) throw new Error(`couldn't locate a matching ${section} entry`);
  if (rules.unique && found.length > 1) throw new Error(`multiple matching ${section} entries`);
  if (command === 'modify') return write(items.map((one) => (one === found[0] ? xml : one)));
  return write(items.filter((one) => one !== found[0]));
}

const within = (parent: XmlElement, name: string, change: (inner: XmlElement) => XmlElement): XmlElement =>
  setChildren(parent, name, [change(child(parent, name) ?? element(name))]);
