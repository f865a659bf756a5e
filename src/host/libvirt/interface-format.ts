/** libvirt's XML of a stored definition, in libvirt's order of elements, and what the XML has no words for. */
import { EngineError } from '../../engine/errors.ts';
import { isUnknown, type Unknown } from '../../engine/unknown.ts';
import { type BondOptions, describeLink, type Family } from '../interfaces/link.ts';
import type { Profile, StoredFamily6 } from '../interfaces/profile.ts';
import { element, formatXml, isElement, withChildren, type XmlElement } from './xml.ts';

export interface InterfaceXml {
  readonly xml: string;
  /** What it does not say, as `bond0: lacp_rate`; a wish that has such a thing cannot be libvirt's */
  readonly omitted: readonly string[];
}

/**
 * XML of an interface, its ports in it; valid by libvirt's schema.
 * @throws EngineError REQUIREMENT where there is no XML at all: a bond without ports, a VLAN without its parent
 */
export function formatInterface(profile: Profile, all: readonly Profile[]): InterfaceXml {
  const draft = new Draft(all);
  const xml = draft.top(profile);
  return { xml: formatXml(indented(xml, '')), omitted: draft.omitted };
}

/** Names as the schema has them. */
const DEVICE_NAME = /^[\w.\-\\:]+$/;

class Draft {
  readonly omitted: string[] = [];
  readonly all: readonly Profile[];

  constructor(all: readonly Profile[]) {
    this.all = all;
  }

  top(profile: Profile): XmlElement {
    const { name, onboot, mtu, ipv4, ipv6 } = profile;
    return this.element(profile, [
      onboot === undefined ? undefined : element('start', { mode: onboot }),
      mtu === undefined ? undefined : element('mtu', { size: mtu }),
      ipv4 && this.protocol(name, 'ipv4', ipv4),
      ipv6 && this.protocol(name, 'ipv6', ipv6),
    ]);
  }

  /** In a bridge or bond an interface has only its own body; how it starts, and its MTU, are the controller's. */
  member(profile: Profile, controller: Profile): XmlElement {
    const { name, onboot, mtu, ipv4, ipv6 } = profile;
    this.omit(name, {
      onboot: onboot === controller.onboot ? undefined : onboot,
      mtu: mtu === controller.mtu ? undefined : mtu,
      ipv4: ipv4 && says(ipv4) ? ipv4 : undefined,
      ipv6: ipv6 && says(ipv6) ? ipv6 : undefined,
    });
    return this.element(profile, []);
  }

  private element(profile: Profile, common: readonly (XmlElement | undefined)[]): XmlElement {
    const { name, kind, mac, label, uuid, promisc, extra } = profile;
    if (!DEVICE_NAME.test(name)) throw impossible(profile, 'this name is none to libvirt');
    const own = extra?.length ? `${extra.length} settings of ${profile.backend}` : undefined;
    const body = kind === 'ethernet' ? mac && element('mac', { address: mac }) : this[kind](profile);
    this.omit(name, {
      label,
      uuid,
      promisc: promisc || undefined,
      mac: kind === 'ethernet' ? undefined : mac,
      ...(own !== undefined && { [own]: true }),
    });
    return element('interface', { type: kind, name }, [...common, body || undefined]);
  }

  private bridge(profile: Profile): XmlElement {
    const { stp, forward_delay: delay, ...rest } = known(profile.bridge);
    this.omit(profile.name, rest);
    const ports = this.members(profile, ['ethernet', 'vlan', 'bond']);
    return element('bridge', { stp: stp === undefined ? undefined : stp ? 'on' : 'off', delay }, ports);
  }

  private bond(profile: Profile): XmlElement {
    const { mode, primary, ...others } = known(profile.bond);
    const [monitor, rest] = monitorOf(others);
    this.omit(profile.name, { ...rest, primary: mode === 'active-backup' ? undefined : primary });
    const ports = this.members(profile, ['ethernet'], mode === 'active-backup' ? primary : undefined);
    if (ports.length === 0) throw impossible(profile, 'it has no ports, of which libvirt needs one');
    return element('bond', { mode }, [monitor, ...ports]);
  }

  private vlan(profile: Profile): XmlElement {
    const { id, protocol, reorder_hdr: reorder } = known(profile.vlan);
    this.omit(profile.name, {
      protocol: protocol === '802.1q' ? undefined : protocol,
      reorder_hdr: reorder === true ? undefined : reorder,
    });
    if (id === undefined || profile.parent === undefined) {
      throw impossible(profile, `its ${id === undefined ? 'id' : 'parent'} is not in its definition`);
    }
    return element('vlan', { tag: id }, [element('interface', { name: profile.parent })]);
  }

  private members(controller: Profile, kinds: readonly string[], first?: string): XmlElement[] {
    const ports = this.all.filter((profile) => profile.controller === controller.name);
    const fitting = ports.filter(({ kind }) => kinds.includes(kind));
    for (const port of ports) {
      if (!fitting.includes(port)) this.omit(controller.name, { [`port ${describeLink(port)}`]: true });
    }
    if (first !== undefined && !fitting.some(({ name }) => name === first)) {
      this.omit(controller.name, { primary: first });
    }
    return fitting
      .toSorted((a, b) => Number(b.name === first) - Number(a.name === first))
      .map((port) => this.member(port, controller));
  }

  private protocol(name: string, family: Family, stored: StoredFamily6): XmlElement {
    const { dhcp, peerdns, addresses = [], gateway, autoconf, ...rest } = stored;
    const { accept_ra, ...more } = rest;
    // Who makes addresses from router advertisements accepts these
    const implied = accept_ra === (autoconf ? 1 : 0);
    this.omit(`${name}: ${family}`, {
      ...Object.fromEntries(Object.entries(more).filter(([, value]) => says({ value }))),
      accept_ra: implied ? undefined : accept_ra,
    });
    return element('protocol', { family }, [
      autoconf ? element('autoconf') : undefined,
      dhcp
        ? element('dhcp', { peerdns: peerdns === undefined ? undefined : peerdns ? 'yes' : 'no' })
        : undefined,
      ...addresses.map((cidr) => {
        const [address, prefix] = cidr.split('/');
        return element('ip', { address, prefix });
      }),
      gateway === undefined ? undefined : element('route', { gateway }),
    ]);
  }

  private omit(name: string, fields: Readonly<Record<string, unknown>>): void {
    for (const [field, value] of Object.entries(fields)) {
      if (value === undefined) continue;
      const shown = value === true || typeof value === 'object' ? field : `${field} ${value}`;
      this.omitted.push(name.includes(': ') ? `${name}.${shown}` : `${name}: ${shown}`);
    }
  }
}

type Monitoring = Omit<Known<BondOptions>, 'mode' | 'primary'>;

/** The way in which a bond watches its ports, of which there is one, and what that does not say. */
function monitorOf(options: Monitoring): [XmlElement | undefined, Monitoring] {
  const { miimon, updelay, downdelay, use_carrier: carrier, ...other } = options;
  const { arp_interval: interval, arp_targets: targets = [], arp_validate: validate, ...rest } = other;
  if (interval && (miimon ?? 0) === 0) {
    const [target, ...more] = targets;
    const sayable = validate === undefined || ['none', 'active', 'backup', 'all'].includes(validate);
    const left = {
      ...rest,
      ...(carrier !== undefined && { use_carrier: carrier }),
      ...(more.length > 0 && { arp_targets: more }),
      ...(!sayable && { arp_validate: validate }),
    };
    if (target === undefined) return [undefined, { ...left, arp_interval: interval }];
    // libvirt's parser refuses none, which is what it means to say nothing
    const validated = sayable && validate !== 'none' ? validate : undefined;
    return [element('arpmon', { interval, target, validate: validated }), left];
  }
  const left = {
    ...rest,
    ...(interval && { arp_interval: interval }),
    ...(targets.length > 0 && { arp_targets: targets }),
    ...(validate !== undefined && validate !== 'none' && { arp_validate: validate }),
  };
  if (miimon === undefined) {
    const without = { use_carrier: carrier, ...(updelay && { updelay }), ...(downdelay && { downdelay }) };
    return [undefined, { ...left, ...without }];
  }
  const asked = carrier === undefined ? undefined : carrier ? 'netif' : 'ioctl';
  return [element('miimon', { freq: miimon, downdelay, updelay, carrier: asked }), left];
}

/** Whether a family says anything that must not get lost: lists that are empty and what is false do not. */
const says = (fields: object): boolean =>
  Object.values(fields).some((value) =>
    Array.isArray(value)
      ? value.length > 0
      : typeof value === 'object' && value !== null
        ? says(value)
        : value !== undefined && value !== false,
  );

type Known<T> = { [K in keyof T]?: Exclude<T[K], Unknown | undefined> };

/** Without what is not known. */
const known = <T extends object>(options: T | undefined): Known<T> =>
  Object.fromEntries(Object.entries(options ?? {}).filter(([, value]) => !isUnknown(value))) as Known<T>;

const impossible = (profile: Profile, why: string): EngineError =>
  new EngineError('REQUIREMENT', `libvirt's XML cannot describe ${describeLink(profile)}: ${why}`);

/** With line breaks, two spaces a level. */
function indented(xml: XmlElement, indent: string): XmlElement {
  if (xml.children.length === 0) return xml;
  const inner = `${indent}  `;
  const nodes = xml.children.filter(isElement).flatMap((node) => [`\n${inner}`, indented(node, inner)]);
  return withChildren(xml, [...nodes, `\n${indent}`]);
}
