import { isUnknown, UNKNOWN } from '../../engine/unknown.ts';
import { own } from '../own.ts';
import { contains, familyOf } from './address.ts';
import { portNames } from './compare.ts';
import { applyOperation } from './effects/apply.ts';
import type { Model } from './effects/model.ts';
import type { GoalDraft } from './goal-draft.ts';
import { type Addressing6, describeLink, type Family, type Link } from './link.ts';
import type { FamilyWish, LinkWish } from './wish.ts';

const hasPorts = (kind: string): boolean => kind === 'bridge' || kind === 'bond';

/** A link that is there, up, and as stated. */
export function define(draft: GoalDraft, wish: LinkWish): void {
  const { name, kind } = wish;
  const ports = wish.ports ?? (hasPorts(kind) ? undefined : []);
  if (ports) releasePorts(draft, name, ports);
  prepare(draft, wish);
  for (const port of wish.ports ?? []) takePort(draft, port, name);
  if (kind !== 'ethernet' && wish.options) {
    draft.set(name, { [kind]: { ...draft.link(name)[kind], ...wish.options } });
    for (const option of Object.keys(wish.options)) draft.claim(name, kind, option);
  }
  for (const field of ['mtu', 'mac', 'label', 'promisc'] as const) {
    if (wish[field] === undefined) continue;
    if (field === 'mtu') draft.model = applyOperation(draft.model, { op: 'mtu', link: name, mtu: wish.mtu! });
    // An empty label is none
    draft.set(name, { [field]: wish[field] === '' ? undefined : wish[field] });
    draft.claim(name, field);
  }
  for (const [port, vlans] of Object.entries(wish.vlans ?? {})) {
    draft.set(port, { vlans });
    draft.claim(port, 'vlans');
  }
  for (const family of ['ipv4', 'ipv6'] as const) {
    const stated = wish[family];
    if (stated) setFamily(draft, name, family, stated);
  }
  bringUp(draft, name);
}

/** The link itself, as it is or new; one that must be replaced keeps what is not of its kind. */
function prepare(draft: GoalDraft, wish: LinkWish): void {
  const { name, kind, parent } = wish;
  const have = own(draft.model.links, name);
  if (kind === 'ethernet') return;
  const replaced = have && (have.kind !== kind || isOtherVlan(have, wish));
  if (have && !replaced) return;
  if (replaced) {
    const become = have.kind === kind ? 'made again' : `replaced by a ${kind}`;
    draft.warnings.push(`${describeLink(have)} is deleted and ${become}; what stands on it is put back`);
  }
  const on = parent ?? (have?.kind === kind ? have.parent : undefined);
  const options = have?.kind === kind ? have[kind] : kind === 'vlan' ? { protocol: '802.1q' } : {};
  const { links } = applyOperation(withoutLink(draft.model, name), {
    op: 'add',
    link: name,
    kind,
    ...(on !== undefined && { parent: on }),
    options: { ...options },
  });
  draft.put({ ...own(links, name)!, mac: UNKNOWN, mtu: UNKNOWN, ...(have && commonFields(have)) });
  if (on !== undefined && kind === 'vlan') draft.claim(name, 'parent');
}

const commonFields = ({ controller, label, promisc, ipv4, ipv6 }: Link): Partial<Link> => ({
  promisc,
  ipv4,
  ipv6: { ...ipv6, autoconf: UNKNOWN, accept_ra: UNKNOWN },
  ...(controller !== undefined && { controller }),
  ...(label !== undefined && { label }),
});

const withoutLink = (model: Model, name: string): Model => {
  const { [name]: _, ...links } = model.links;
  return { ...model, links };
};

function isOtherVlan(have: Link, { parent, options = {} }: LinkWish): boolean {
  const differs = (option: 'id' | 'protocol'): boolean =>
    options[option] !== undefined &&
    options[option] !== have.vlan?.[option] &&
    !isUnknown(have.vlan?.[option]);
  return (parent !== undefined && parent !== have.parent) || differs('id') || differs('protocol');
}

/** Ports that are not listed, and listed ones that belong to another. */
function releasePorts(draft: GoalDraft, name: string, ports: readonly string[]): void {
  for (const port of portNames(draft.model.links, name).filter((other) => !ports.includes(other))) {
    draft.model = applyOperation(draft.model, { op: 'controller', link: port, controller: undefined });
    draft.claim(port, 'controller');
  }
  for (const port of ports) {
    const { controller } = draft.link(port);
    if (controller === undefined || controller === name) continue;
    draft.warnings.push(`${port} leaves ${controller} for ${name}`);
    draft.model = applyOperation(draft.model, { op: 'controller', link: port, controller: undefined });
  }
}

/** A port is up, and has no addresses and routes: whoever moves them states them on the controller. */
function takePort(draft: GoalDraft, port: string, controller: string): void {
  const strip = (have: Addressing6): Addressing6 => {
    const { gateway: _, ...rest } = have;
    return { ...rest, addresses: [], dynamic: [], routes: [] };
  };
  const { ipv4, ipv6 } = draft.link(port);
  draft.set(port, { controller, ipv4: strip(ipv4), ipv6: strip(ipv6) });
  draft.claim(port, 'controller');
  draft.claim(port, 'ipv4', 'addresses');
  draft.claim(port, 'ipv6', 'addresses');
  bringUp(draft, port);
}

/** A VLAN is up only when what it stands on is. */
function bringUp(draft: GoalDraft, name: string): void {
  const { parent } = draft.link(name);
  if (parent !== undefined && own(draft.model.links, parent)) bringUp(draft, parent);
  draft.set(name, { up: true });
  draft.claim(name, 'up');
}

function setFamily(draft: GoalDraft, name: string, family: Family, wish: FamilyWish): void {
  const { gateway, routes, addresses, dhcp, autoconf, accept_ra } = wish;
  const sysctls = {
    ...(autoconf !== undefined && { autoconf }),
    ...(accept_ra !== undefined && { accept_ra }),
    ...(dhcp === true && { dhcp }),
  };
  const { gateway: oldGateway, ...have } = draft.link(name)[family];
  const dynamic = dhcp === false && family === 'ipv4' ? [] : have.dynamic;
  const reachable = (via: string | undefined): boolean =>
    addresses === undefined ||
    via === undefined ||
    via.startsWith('fe80:') ||
    familyOf(via) !== family ||
    [...addresses, ...dynamic].some((cidr) => contains(cidr, via));
  const keptRoutes =
    addresses?.length === 0 && family === 'ipv4' ? [] : have.routes.filter((route) => reachable(route.via));
  const keepsGateway = gateway === undefined && oldGateway !== undefined && reachable(oldGateway);
  draft.set(name, {
    [family]: {
      ...have,
      ...sysctls,
      ...(keepsGateway && { gateway: oldGateway }),
      addresses: addresses ?? have.addresses,
      dynamic,
      routes: routes === undefined ? keptRoutes : [],
    },
  });
  if (gateway === undefined && oldGateway !== undefined && !keepsGateway) {
    draft.warnings.push(
      `the default route via ${oldGateway} goes: no address of ${name} reaches it any more`,
    );
  }
  const wanted = [
    ...(gateway === undefined || gateway === 'none' ? [] : [{ to: 'default', via: gateway }]),
    ...(routes ?? []),
  ];
  for (const route of wanted) {
    draft.model = applyOperation(draft.model, { op: 'set-route', link: name, family, route });
  }
  if (addresses || dhcp === false) draft.claim(name, family, 'addresses');
  if (dhcp === true) draft.claim(name, family, 'dhcp');
  for (const key of ['gateway', 'routes', 'autoconf', 'accept_ra'] as const) {
    if (wish[key] !== undefined) draft.claim(name, family, key);
  }
}
