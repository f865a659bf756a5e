/** The two forms of a NIC's definition: as configured, and as live (LIBVIRT.md 3.6). */
import { setChild } from './nic-codec.ts';
import { isGeneratedTarget } from './nic-identity.ts';
import type { Nic } from './nic.ts';
import { attr, child, element, isElement, withChildren, type XmlElement } from './xml.ts';

/** Settings that a live NIC may have from its network or portgroup instead of its own. */
const inheritedElements = ['bandwidth', 'vlan', 'virtualport', 'port'] as const;
export const inheritedFields = [
  'bandwidth',
  'vlan',
  'virtualport',
  'port_isolated',
  'trust_guest_rx_filters',
] as const;

/**
 * A live NIC as it would be configured. Fed back as it is, a NIC whose network is a host bridge or macvtap would lose
 * its network (LIBVIRT.md 3.5); what it has from its network is replaced by what the stored NIC has of its own.
 */
export function configuredForm(live: XmlElement, stored: XmlElement | undefined): XmlElement {
  const source = child(live, 'source');
  const network = attr(source, 'network');
  if (network === undefined) return live;
  const portgroup = attr(source, 'portgroup');
  const { trustGuestRxFilters: inherited, ...attributes } = live.attributes;
  const trust = stored === undefined ? inherited : attr(stored, 'trustGuestRxFilters');
  const named = setChild(
    {
      ...live,
      attributes: {
        ...attributes,
        type: 'network',
        ...(trust !== undefined && { trustGuestRxFilters: trust }),
      },
    },
    'source',
    element('source', { network, portgroup }),
  );
  if (stored === undefined) return named;
  return inheritedElements.reduce((nic, name) => setChild(nic, name, child(stored, name)), named);
}

/** Meaning of a live NIC in the words of its configuration: a NIC on a network names the network only. */
export function configuredModel(live: Nic): Nic {
  if (live.network === undefined) return live;
  const { bridge: _, dev: __, mode: ___, ...rest } = live;
  return { ...rest, type: 'network' };
}

const filtered = new Set(['network', 'bridge', 'ethernet']);

/** What libvirt makes of a definition when it takes it: defaults are filled in, what means nothing is dropped. */
export function completed(nic: Nic): Nic {
  const { driver, mode, filterref, backend, ...rest } = nic;
  const kept = keptDriver(nic);
  const handed = keptBackend(nic);
  return {
    ...rest,
    ...(handed !== undefined && { backend: handed }),
    ...(nic.type === 'direct' ? { mode: mode ?? 'vepa' } : mode !== undefined && { mode }),
    ...(filtered.has(nic.type) && filterref !== undefined && { filterref }),
    ...(kept !== undefined && { driver: kept }),
  };
}

/** Only a virtio card has a part in the host's kernel. */
function keptBackend({ type, model, backend }: Nic): Nic['backend'] {
  if (backend?.vhost === undefined || (type !== 'hostdev' && isVirtio(model))) return backend;
  const { vhost: _, ...others } = backend;
  return Object.keys(others).length > 0 ? others : undefined;
}

const isVirtio = (model: Nic['model']): boolean => model === undefined || String(model).startsWith('virtio');

/** Settings of virtio cards; of a host device, who hands it over. One queue is what there is anyway. */
function keptDriver({ type, model, driver }: Nic): Nic['driver'] {
  if (driver === undefined) return undefined;
  if (type === 'hostdev') {
    const { name } = driver;
    return name === 'vfio' || name === 'kvm' ? { name } : undefined;
  }
  const { queues, ...others } = driver;
  return type === 'vdpa' || isVirtio(model) ? (queues === 1 ? others : driver) : undefined;
}

/** Whether a live NIC has this setting from its network, so that it says nothing about the NIC's own. */
export const isInherited = (live: Nic, field: keyof Nic, own: unknown): boolean =>
  live.network !== undefined && (inheritedFields as readonly string[]).includes(field) && saysNothing(own);

/** Whether a setting is there in name only: no limits in either direction, no tags, an empty port. */
export const saysNothing = (value: unknown): boolean =>
  value === undefined ||
  value === false ||
  (typeof value === 'object' && value !== null && Object.values(value).every(saysNothing));

/**
 * A NIC of one definition as it goes into the other: without what libvirt gives by itself. A slot that is free in one
 * definition may be taken in the other.
 */
export function carriedOver(nic: XmlElement | undefined): XmlElement | undefined {
  if (nic === undefined) return undefined;
  const dropped = new Set(['address', ...generatedParts(nic)]);
  return withChildren(
    nic,
    nic.children.filter((node) => !(isElement(node) && dropped.has(node.name))),
  );
}

/** A live NIC's configuration as it can be plugged in: without the names that libvirt gives to what it plugs. */
export function plugForm(nic: XmlElement): XmlElement {
  const dropped = generatedParts(nic);
  return withChildren(
    nic,
    nic.children.filter((node) => !(isElement(node) && dropped.has(node.name))),
  );
}

function generatedParts(nic: XmlElement): ReadonlySet<string> {
  const dropped = new Set<string>();
  if (isGeneratedTarget(attr(child(nic, 'target'), 'dev') ?? '')) dropped.add('target');
  if (attr(child(nic, 'alias'), 'name')?.startsWith('ua-') !== true) dropped.add('alias');
  return dropped;
}
