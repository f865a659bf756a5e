/** A network's XML and its model (LIBVIRT.md 2.3). */
import { UNKNOWN } from '../../engine/unknown.ts';
import { type ForwardMode, isL3, type Network, type NetworkFields } from './network.ts';
import { networkBinding } from './network-bindings.ts';
import { forwardBinding } from './network-forward.ts';
import { child, children, formatXml, parseXml, type XmlElement } from './xml.ts';
import { setAttribute, setChildren } from './xml-binding.ts';

/** What a network's XML says, libvirt's defaults filled in where the forward mode has them. */
export function readNetwork(xml: XmlElement): Network {
  const { domain, dns: names, bridge, ipv6, ...model } = networkBinding.read(xml) as Network;
  const { stp, delay, zone, ...rest } = bridge ?? {};
  if (isL3(model.forward.mode)) {
    return {
      ...model,
      ...(domain?.name && { domain }),
      ...(names && { dns: names }),
      ...(bridge && { bridge }),
      ipv6,
    };
  }
  return { ...model, ...(model.forward.mode === 'bridge' && rest.name !== undefined && { bridge: rest }) };
}

/** A network's XML with these fields in it. Lists are set whole; what is not given stays, and so does what we do not know. */
export function editNetwork(xml: XmlElement, fields: NetworkFields): XmlElement {
  const fitting = withoutRivals(fitMode(xml, fields.forward?.mode), fields);
  return networkBinding.write(
    fields.dns?.enable === false ? withoutRecords(fitting) : fitting,
    fields,
    false,
  );
}

/** libvirt takes no records for a DNS server that does not run. */
function withoutRecords(xml: XmlElement): XmlElement {
  const dns = child(xml, 'dns');
  return dns === undefined
    ? xml
    : setChildren(xml, 'dns', [without(dns, ['forwarder', 'txt', 'srv', 'host'])]);
}

const l3Elements = ['bridge', 'mtu', 'mac', 'domain', 'dns', 'ip', 'route', 'dnsmasq:options'];

/** Drops what another forward mode leaves behind and the new one cannot have. */
function fitMode(xml: XmlElement, mode: ForwardMode | undefined): XmlElement {
  const { mode: before } = forwardBinding.read(xml) as Network['forward'];
  if (mode === undefined || mode === before) return xml;
  if (isL3(mode) && isL3(before)) return mode === 'open' ? without(xml, ['forward']) : xml;
  if (isL3(mode)) return without(xml, ['forward', 'bridge', 'virtualport', 'vlan']);
  if (isL3(before))
    return without(setAttribute(xml, 'ipv6', undefined), [...l3Elements, 'forward', 'bandwidth']);
  return mode === 'bridge'
    ? xml
    : without(xml, ['bridge', 'bandwidth', mode === 'passthrough' ? '' : 'vlan']);
}

/** A host's bridge and a device of one's own exclude each other in mode bridge: the one that is given stays. */
function withoutRivals(xml: XmlElement, { forward, bridge }: NetworkFields): XmlElement {
  const { mode } = forwardBinding.read(xml) as Network['forward'];
  if ((forward?.mode ?? mode) !== 'bridge') return xml;
  if (forward?.dev !== undefined || forward?.interfaces?.length) return without(xml, ['bridge']);
  const own = child(xml, 'forward');
  if (bridge?.name === undefined || own === undefined) return xml;
  return setChildren(xml, 'forward', [setAttribute(setChildren(own, 'interface', []), 'dev', undefined)]);
}

const without = (xml: XmlElement, names: readonly string[]): XmlElement =>
  names.reduce((kept, name) => setChildren(kept, name, []), xml);

/** What libvirt adds to a definition when it stores it, as far as that can be known. */
export function filledIn(model: Network): Network {
  const own = { ...model, uuid: model.uuid ?? UNKNOWN };
  if (!isL3(model.forward.mode)) return own;
  return {
    ...own,
    bridge: { name: UNKNOWN, stp: true, delay: 0, mac_table_manager: 'kernel', ...model.bridge },
    mac: model.mac ?? UNKNOWN,
  };
}

/** A live definition as one to store: without what libvirt only tells (LIBVIRT.md 2.3). */
export function asStored(xml: XmlElement): XmlElement {
  const bare = setAttribute(xml, 'connections', undefined);
  const forwarding = child(bare, 'forward');
  if (forwarding === undefined) return bare;
  const pool = children(forwarding, 'interface').map((one) => setAttribute(one, 'connections', undefined));
  return setChildren(bare, 'forward', [setChildren(forwarding, 'interface', pool)]);
}

/** A definition as the state holds it. */
export const networkXml = (xml: XmlElement): { readonly xml: string; readonly model: Network } => ({
  xml: formatXml(xml),
  model: readNetwork(xml),
});

/** A definition from virsh. @throws EngineError XML_SYNTAX */
export const parseNetwork = (text: string): { readonly xml: string; readonly model: Network } => ({
  xml: text,
  model: readNetwork(parseXml(text)),
});
