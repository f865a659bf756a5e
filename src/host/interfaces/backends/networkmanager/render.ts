import { EngineError } from '../../../../engine/errors.ts';
import { bondModeProblem } from '../../bond-mode.ts';
import type { BondOptions, Family, Route } from '../../link.ts';
import type { Profile, StoredFamily6 } from '../../profile.ts';
import { ANYWHERE, impliedBy, KERNEL_METRIC, method6, STATED6, stated6 } from './addressing.ts';
import { familyOf } from '../../address.ts';
import { escapeValue, listValue } from './keyfile.ts';
import { optionEntries } from './options.ts';
import { LABEL, START } from './parse.ts';
import { uuidOf } from './uuid.ts';

type Section = Map<string, string>;

/** Keys in the order in which they are written: by section. */
class Draft {
  readonly #sections = new Map<string, Section>();

  set(section: string, key: string, value: string | number | boolean | undefined): void {
    if (value !== undefined) this.#section(section).set(key, String(value));
  }

  /** A section may be there without any key. */
  #section(name: string): Section {
    const section = this.#sections.get(name) ?? new Map<string, string>();
    this.#sections.set(name, section);
    return section;
  }

  /** What stood there and we have no word for; what we have said goes before. */
  keep(extra: readonly string[]): void {
    for (const entry of extra) {
      const [, section = '', key = '', value = ''] = /^([^/]*)\/([^=]*)=(.*)$/.exec(entry) ?? [];
      if (section !== '' && !this.#section(section).has(key)) this.set(section, key, value);
    }
  }

  text(): string {
    const sections = [...this.#sections].map(([name, keys]) =>
      [`[${name}]`, ...[...keys].map(([key, value]) => `${key}=${value}`), ''].join('\n'),
    );
    return `# Managed by wirebook\n${sections.join('\n')}`;
  }
}

/** What a definition needs to know of its controller. */
export interface Controller {
  readonly kind: Profile['kind'];
  readonly onboot?: Profile['onboot'];
}

/**
 * The keyfile of a definition.
 * @throws EngineError REQUIREMENT for what NetworkManager has no words for
 */
export function render(profile: Profile, controller: Controller | undefined): string {
  const draft = new Draft();
  const extra = keptOf(profile);
  const has = (key: string): boolean => extra.some((entry) => entry.startsWith(`${key}=`));
  const onboot = profile.onboot ?? controller?.onboot;
  if (!has('connection/id')) draft.set('connection', 'id', escapeValue(profile.name));
  draft.set('connection', 'uuid', uuidOf(profile));
  draft.set('connection', 'type', profile.kind);
  draft.set('connection', 'interface-name', escapeValue(profile.name));
  if (onboot === 'none') draft.set('connection', 'autoconnect', false);
  // Else only the controller would come up when a person brings it up
  if (onboot === 'none' && hasPorts(profile.kind)) draft.set('connection', 'autoconnect-slaves', 1);
  if (profile.controller !== undefined) {
    draft.set('connection', 'master', escapeValue(profile.controller));
    if (!has('connection/slave-type') && !has('connection/port-type')) {
      draft.set('connection', 'slave-type', portType(profile, controller));
    }
  }
  draft.set('ethernet', 'mtu', profile.mtu);
  draft.set('ethernet', 'cloned-mac-address', profile.mac);
  if (profile.promisc !== undefined)
    draft.set('ethernet', 'accept-all-mac-addresses', Number(profile.promisc));
  writeKind(draft, profile, extra);
  if (profile.controller === undefined) {
    writeFamily(draft, profile, 'ipv4', extra);
    writeFamily(draft, profile, 'ipv6', extra);
  }
  if (profile.label !== undefined) draft.set('user', LABEL, escapeValue(profile.label));
  if (onboot === 'hotplug') draft.set('user', START, onboot);
  draft.keep(extra);
  return draft.text();
}

const hasPorts = (kind: Profile['kind']): boolean => kind === 'bridge' || kind === 'bond';

/** A port setting without a controller, or for another kind of one, is an error to NetworkManager. */
const keptOf = ({ extra = [], controller }: Profile): readonly string[] =>
  controller === undefined
    ? extra.filter((entry) => !/^(bridge-port|bond-port)\/|^connection\/(slave|port)-type=/.test(entry))
    : extra.filter((entry) => !/^ipv[46]\//.test(entry));

function portType({ name, controller: on = '' }: Profile, controller: Controller | undefined): string {
  if (controller && hasPorts(controller.kind)) return controller.kind;
  throw new EngineError(
    'REQUIREMENT',
    `NetworkManager has no definition of ${on}, of which ${name} is a port`,
    {
      hint: `define ${on} too`,
    },
  );
}

function writeKind(
  draft: Draft,
  { kind, bridge, bond, vlan, parent }: Profile,
  extra: readonly string[],
): void {
  if (kind === 'bridge') {
    // Always stated, since NetworkManager's default is to have STP on
    const options = { stp: false, forward_delay: 15, ...bridge };
    for (const [key, value] of optionEntries(kind, options)) draft.set(kind, key, value);
  }
  if (kind === 'bond') {
    for (const [key, value] of optionEntries(kind, bondOptions(bond))) draft.set(kind, key, value);
  }
  if (kind !== 'vlan') return;
  draft.set(kind, 'id', String(vlan?.id));
  draft.set(kind, 'parent', parent === undefined ? undefined : escapeValue(parent));
  const others = Number(extra.find((entry) => entry.startsWith('vlan/flags='))?.split('=')[1] ?? 0) & ~1;
  const reorder = vlan?.reorder_hdr as boolean | undefined;
  if (reorder !== undefined || others !== 0) draft.set(kind, 'flags', others | (reorder === false ? 0 : 1));
  const protocol = vlan?.protocol as string | undefined;
  draft.set(kind, 'protocol', protocol === '802.1q' ? '802.1Q' : protocol);
}

/** NetworkManager refuses what the mode does not have. */
function bondOptions(stated: BondOptions = {}): BondOptions {
  const { mode = 'balance-rr' } = stated;
  let options: Readonly<Record<string, unknown>> = { ...stated };
  for (;;) {
    const problem = bondModeProblem(String(mode), options);
    if (!problem) break;
    const { [problem.option]: _, ...rest } = options;
    options = rest;
  }
  if (options.primary !== undefined && mode !== 'active-backup') {
    throw new EngineError('REQUIREMENT', `NetworkManager takes no primary with mode ${String(mode)}`, {
      hint: 'leave primary out, or use mode active-backup',
    });
  }
  return options;
}

function writeFamily(draft: Draft, profile: Profile, family: Family, extra: readonly string[]): void {
  const stated: StoredFamily6 = profile[family] ?? {};
  const method = methodOf(stated, family, extra);
  draft.set(family, 'method', method);
  for (const [index, address] of (stated.addresses ?? []).entries()) {
    draft.set(family, `address${index + 1}`, address);
  }
  if (['disabled', 'ignore', 'link-local'].includes(method)) refuseRest(profile.name, family, stated);
  const direct = stated.gateway !== undefined && (stated.addresses ?? []).length > 0;
  if (direct) {
    draft.set(family, 'gateway', stated.gateway);
    // Else the default route gets a metric by the type of the device
    draft.set(family, 'route-metric', 0);
  }
  const beside = stated.gateway === undefined || direct ? [] : [{ to: 'default', via: stated.gateway }];
  writeRoutes(draft, family, [...beside, ...(stated.routes ?? [])], extra);
  for (const server of stated.dns?.servers ?? []) {
    if (familyOf(server) === family) continue;
    throw new EngineError('REQUIREMENT', `name server ${server} is not one of ${family} of ${profile.name}`, {
      hint: 'NetworkManager keeps name servers by family: state it in the other one',
    });
  }
  if (stated.dns?.servers?.length) draft.set(family, 'dns', listValue(stated.dns.servers));
  if (stated.dns?.search?.length) draft.set(family, 'dns-search', listValue(stated.dns.search));
  if (stated.peerdns !== undefined) draft.set(family, 'ignore-auto-dns', !stated.peerdns);
  writeRules(draft, profile.name, family, stated);
  if (family === 'ipv6' && stated6(stated) !== stated6(impliedBy(method))) {
    draft.set('user', STATED6, stated6(stated));
  }
}

/** Method of [ipv4] or [ipv6]; one that we have no word for is kept as it stands there. */
export function methodOf(stated: StoredFamily6, family: Family, extra: readonly string[]): string {
  if (stated.autoconf === false && (stated.accept_ra ?? 0) > 0) {
    throw new EngineError(
      'REQUIREMENT',
      'NetworkManager takes addresses and routes from router advertisements, or neither',
      {
        hint: 'state autoconf: true beside accept_ra, or accept_ra: 0',
      },
    );
  }
  const addresses = (stated.addresses ?? []).length > 0;
  const kept = extra.find((entry) => entry.startsWith(`${family}/method=`))?.split('=')[1];
  if (family === 'ipv4') {
    if (stated.dhcp) return 'auto';
    if (addresses) return kept === 'shared' ? kept : 'manual';
    return kept ?? 'disabled';
  }
  const method = method6(stated);
  if (method === 'ignore') return kept ?? method;
  return (method === 'link-local' && kept === 'disabled') || (method === 'manual' && kept === 'shared')
    ? kept
    : method;
}

function refuseRest(name: string, family: Family, { gateway, routes, dns, rules }: StoredFamily6): void {
  const [field] =
    Object.entries({ gateway, routes, dns: dns?.servers ?? dns?.search, rules }).find(
      ([, value]) => value !== undefined && value.length > 0,
    ) ?? [];
  if (field === undefined) return;
  throw new EngineError(
    'REQUIREMENT',
    `NetworkManager keeps no ${family}.${field} for ${name} without an address`,
    {
      hint: `state ${family}.addresses or ${family}.dhcp`,
    },
  );
}

const NOWHERE: Readonly<Record<Family, string>> = { ipv4: '0.0.0.0', ipv6: '::' };

function writeRoutes(draft: Draft, family: Family, routes: readonly Route[], extra: readonly string[]): void {
  const taken = extra.flatMap((entry) => /^(ipv[46])\/routes?(\d*)=/.exec(entry) ?? []);
  let number = Math.max(0, ...taken.map(Number).filter((value) => Number.isInteger(value)));
  for (const { to, via, metric, table, src } of routes) {
    const key = `route${++number}`;
    const target = to === 'default' ? ANYWHERE[family] : to;
    draft.set(family, key, `${target},${via ?? NOWHERE[family]},${metric ?? KERNEL_METRIC[family]}`);
    const options = [
      ...(table === undefined ? [] : [`table=${table}`]),
      ...(src === undefined ? [] : [`src=${src}`]),
    ];
    if (options.length > 0) draft.set(family, `${key}_options`, options.join(','));
  }
}

function writeRules(draft: Draft, name: string, family: Family, { rules = [] }: StoredFamily6): void {
  for (const [index, { from, to, table = 254, priority }] of rules.entries()) {
    if (priority === undefined) {
      throw new EngineError('REQUIREMENT', `NetworkManager needs a priority for each rule of ${name}`, {
        hint: 'add one, such as priority: 1000',
      });
    }
    const source = from ?? (to === undefined ? ANYWHERE[family] : undefined);
    const words = [
      ...['priority', priority],
      ...(source === undefined ? [] : ['from', source]),
      ...(to === undefined ? [] : ['to', to]),
      ...['table', table],
    ];
    draft.set(family, `routing-rule${index + 1}`, words.join(' '));
  }
}
