import { oneLine } from '../engine/report/text.ts';
import { isUnknown } from '../engine/unknown.ts';
import { describeOwner } from '../host/interfaces/owner.ts';
import type { Profile } from '../host/interfaces/profile.ts';
import { nicAddresses } from '../host/facts.ts';
import { actualNic } from '../host/libvirt/nic-actual.ts';
import { attachedLinks } from '../host/libvirt/network-links.ts';
import { stateWord } from '../host/libvirt/network-report.ts';
import { own } from '../host/own.ts';
import type { HostState } from '../host/state.ts';
import type { Found } from './facts.ts';
import { table } from './table.ts';

/** What a host has, as tables. */
export function factsText({ host, state, uri, names, withoutLibvirt }: Found): string {
  const libvirt = own(state.libvirt, uri);
  const networks = Object.entries(libvirt?.networks ?? {}).map(([name, network]) => {
    const { forward, bridge, ips = [] } = (network.live ?? network.stored)!.model;
    const addresses = ips.map(({ address }) => address).join(' ');
    return [
      name,
      stateWord(network),
      network.autostart ? 'yes' : 'no',
      forward.mode,
      text(bridge?.name ?? forward.dev),
      addresses || '-',
      network.live ? String(attachedLinks(state.links, network.live.model).length) : '-',
      network.live ? String((own(libvirt?.leases ?? {}, name) ?? []).length) : '-',
    ];
  });
  const nics = Object.entries(libvirt?.domains ?? {}).flatMap(([guest, domain]) => {
    const all = domain?.live.length ? domain.live : (domain?.stored ?? []);
    return all.map(({ model }) => {
      const actual = actualNic(model, state, uri);
      const source = model.network ?? actual.bridge ?? actual.device ?? '-';
      const on = model.network === undefined ? '-' : text(actual.bridge ?? actual.device);
      return [
        guest,
        domain!.state,
        model.mac,
        model.type,
        text(source),
        on,
        text(model.target),
        text(model.model),
        domain!.live.length > 0 ? nicAddresses(guest, model, state, uri).join(' ') || '-' : '-',
      ];
    });
  });
  const interfaces = names.map((name) => interfaceRow(state, name));
  const parts = [
    oneLine(host),
    table(['INTERFACE', 'KIND', 'STATE', 'MAC', 'MTU', 'ADDRESSES', 'IN', 'STORED'], interfaces),
  ];
  if (withoutLibvirt) parts.push(`libvirt: ${oneLine(withoutLibvirt.message)}`);
  if (networks.length > 0)
    parts.push(
      table(['NETWORK', 'STATE', 'AUTOSTART', 'MODE', 'BRIDGE', 'ADDRESSES', 'PORTS', 'LEASES'], networks),
    );
  if (nics.length > 0)
    parts.push(
      table(['GUEST', 'STATE', 'MAC', 'TYPE', 'SOURCE', 'ON', 'TARGET', 'MODEL', 'ADDRESSES'], nics),
    );
  return parts.join('\n\n');
}

function interfaceRow({ links, stored }: HostState, name: string): string[] {
  const link = own(links, name);
  const profiles = (own(stored.profiles, name) ?? []).filter(
    ({ backend }) => stored.backends[backend]?.active,
  );
  const kind = link?.kind ?? profiles[0]?.kind ?? '-';
  const addresses = link
    ? [link.ipv4, link.ipv6].flatMap((family) => [
        ...family.addresses,
        ...family.dynamic.map((address) => `${address}~`),
      ])
    : [];
  return [
    name,
    kind,
    link ? (link.up ? 'up' : 'down') : 'not there',
    text(link?.mac),
    text(link?.mtu),
    addresses.join(' ') || '-',
    link?.controller ?? profiles[0]?.controller ?? '-',
    profiles.map(owner).join('; ') || '-',
  ];
}

const owner = (profile: Profile): string => describeOwner(profile).replace(', in ', ' ');

const text = (value: unknown): string =>
  value === undefined || value === null || isUnknown(value) ? '-' : String(value);
