import type { Profile } from '../../profile.ts';
import { addressingSections, networkLines } from './addressing.ts';
import { isVirtual, NETDEV_SECTIONS, optionLines } from './netdev.ts';
import { searchNote } from './search.ts';
import { REPEATED, renderUnit, type SectionLines } from './unit.ts';

/** The .network file of an interface. `controllerKind`: of the bridge or bond it is a port of. */
export function renderNetwork(profile: Profile, controllerKind: 'bridge' | 'bond' | undefined): string {
  const { name, kind, controller, onboot, mtu, mac, promisc, ipv6, bond } = profile;
  const port = controller !== undefined;
  const link = [
    ...(mac === undefined || isVirtual(kind) ? [] : [`MACAddress=${mac}`]),
    ...(mtu === undefined ? [] : [`MTUBytes=${mtu}`]),
    ...(promisc === undefined ? [] : [`Promiscuous=${promisc ? 'yes' : 'no'}`]),
    ...(onboot === 'none' ? ['ActivationPolicy=manual'] : []),
  ];
  const network = [
    ...(port ? [`${controllerKind === 'bond' ? 'Bond' : 'Bridge'}=${controller}`] : []),
    ...(port ? ['LinkLocalAddressing=no'] : []),
    ...carrierLines(profile),
    ...networkLines(profile),
  ];
  return renderUnit(
    {
      uuid: profile.uuid,
      label: profile.label,
      onboot: onboot === 'hotplug' ? onboot : undefined,
      // For what networkd does not tell apart, or has no word for
      accept_ra: ipv6?.accept_ra === 2 ? '2' : undefined,
      use_carrier: bond?.use_carrier === true ? 'true' : undefined,
      ...searchNote(profile),
    },
    withExtra('network', profile.extra, [
      ['Match', [`Name=${name}`]],
      ['Link', link],
      ['Network', network],
      ...addressingSections(profile),
    ]),
  );
}

/**
 * Addresses stay when the cable is pulled, as the kernel has it. A bridge without ports has no carrier; but routes
 * cannot be set, and make networkd give up, where a device is down until someone brings it up.
 */
function carrierLines({ kind, onboot, ipv4, ipv6 }: Profile): string[] {
  const families = [ipv4, ipv6];
  const hasRoutes = families.some((family) => family?.gateway !== undefined || family?.routes?.length);
  if (isVirtual(kind)) return onboot === 'none' && hasRoutes ? [] : ['ConfigureWithoutCarrier=yes'];
  return families.some((family) => family?.addresses?.length) ? ['IgnoreCarrierLoss=yes'] : [];
}

/** The .netdev file of a bridge, bond or VLAN. */
export function renderNetdev(profile: Profile): string | undefined {
  const { kind } = profile;
  if (!isVirtual(kind)) return undefined;
  const device = [
    `Name=${profile.name}`,
    `Kind=${kind}`,
    ...(profile.mac === undefined ? [] : [`MACAddress=${profile.mac}`]),
  ];
  return renderUnit(
    {},
    withExtra('netdev', profile.extra, [
      ['NetDev', device],
      [NETDEV_SECTIONS[kind], optionLines(kind, { ...profile[kind] })],
    ]),
  );
}

/** An `extra` is the type of file, a section and its lines; a section of one line joins those that are there. */
function withExtra(
  type: 'network' | 'netdev',
  extra: readonly string[] = [],
  sections: readonly SectionLines[],
): SectionLines[] {
  const all = sections.map(([name, lines]): [string, string[]] => [name, [...lines]]);
  for (const text of extra) {
    const [head = '', ...lines] = text.split('\n');
    const [, which, name] = /^(\w+) \[(.*)\]$/.exec(head) ?? [];
    if (which !== type || name === undefined) continue;
    const there = all.find(([other]) => other === name && !REPEATED.includes(name));
    if (there) there[1].push(...lines);
    else all.push([name, lines]);
  }
  return all;
}
