/** What NICs, networks and portgroups have in common: bandwidth, VLANs and virtual ports, as parameters and as XML. */
import { attr, child, children, element, type XmlElement } from './xml.ts';

/** Limits seen from the guest: inbound is what it receives. */
export interface Bandwidth {
  readonly inbound?: Rate;
  readonly outbound?: Rate;
}

/** Rates in KiB/s, burst in KiB. */
interface Rate {
  readonly average?: number;
  readonly peak?: number;
  readonly burst?: number;
  /** Guaranteed; only inbound, on a network that has a bandwidth itself */
  readonly floor?: number;
}

export interface Vlan {
  readonly trunk?: boolean;
  readonly tags: readonly VlanTag[];
}

interface VlanTag {
  readonly id: number;
  readonly native_mode?: string;
}

/** A port of Open vSwitch or of an 802.1Qbg/Qbh switch. */
export interface VirtualPort {
  readonly type?: string;
  readonly managerid?: string;
  readonly typeid?: string;
  readonly typeidversion?: string;
  readonly instanceid?: string;
  readonly interfaceid?: string;
  readonly profileid?: string;
}

const virtualPortParameters = [
  'managerid',
  'typeid',
  'typeidversion',
  'instanceid',
  'interfaceid',
  'profileid',
] as const;

const rateNames = ['average', 'peak', 'burst', 'floor'] as const;

/** `<bandwidth>`; zeros and empty directions count as not there, as libvirt drops them. */
export function readBandwidth(xml: XmlElement | undefined): Bandwidth | undefined {
  const inbound = readRate(child(xml, 'inbound'));
  const outbound = readRate(child(xml, 'outbound'));
  if (inbound === undefined && outbound === undefined) return undefined;
  return { ...(inbound && { inbound }), ...(outbound && { outbound }) };
}

function readRate(xml: XmlElement | undefined): Rate | undefined {
  const given = rateNames.flatMap((name) => {
    const value = Number(attr(xml, name) ?? 0);
    return value === 0 ? [] : [[name, value] as const];
  });
  return given.length === 0 ? undefined : Object.fromEntries(given);
}

export function bandwidthXml(bandwidth: Bandwidth): XmlElement | undefined {
  const directions = (['inbound', 'outbound'] as const).flatMap((name) => {
    const rate = bandwidth[name];
    return rate === undefined || Object.keys(rate).length === 0 ? [] : [element(name, { ...rate })];
  });
  return directions.length === 0 ? undefined : element('bandwidth', {}, directions);
}

export function readVlan(xml: XmlElement | undefined): Vlan | undefined {
  const tags = children(xml, 'tag').map((tag) => {
    const nativeMode = attr(tag, 'nativeMode');
    return { id: Number(attr(tag, 'id')), ...(nativeMode !== undefined && { native_mode: nativeMode }) };
  });
  if (tags.length === 0) return undefined;
  return { ...(attr(xml, 'trunk') === 'yes' && { trunk: true }), tags };
}

export function vlanXml(vlan: Vlan): XmlElement | undefined {
  if (vlan.tags.length === 0) return undefined;
  const tags = vlan.tags.map((tag) => element('tag', { id: tag.id, nativeMode: tag.native_mode }));
  return element('vlan', { trunk: vlan.trunk || vlan.tags.length > 1 ? 'yes' : undefined }, tags);
}

/** Whether two mean the same: libvirt makes more than one tag a trunk. */
export const sameVlan = (a: Vlan | undefined, b: Vlan | undefined): boolean =>
  JSON.stringify(a && vlanXml(a)) === JSON.stringify(b && vlanXml(b));

export function readVirtualPort(xml: XmlElement | undefined): VirtualPort | undefined {
  if (xml === undefined) return undefined;
  const type = attr(xml, 'type');
  const parameters = child(xml, 'parameters');
  const given = virtualPortParameters.flatMap((name) => {
    const value = attr(parameters, name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...(type !== undefined && { type }), ...Object.fromEntries(given) };
}

export function virtualPortXml({ type, ...parameters }: VirtualPort): XmlElement | undefined {
  const given = Object.keys(parameters).length > 0;
  if (type === undefined && !given) return undefined;
  return element('virtualport', { type }, [given ? element('parameters', { ...parameters }) : undefined]);
}
