/** What is valid for which forward mode (LIBVIRT.md 2.2), found before any host is contacted. */
import type { ParamProblem } from '../../engine/module.ts';
import { isUnknown } from '../../engine/unknown.ts';
import type { ForwardMode, Network, NetworkFields } from './network.ts';
import { addressProblems, repeated } from './network-addresses.ts';
import { valueAt } from './network-diff.ts';
import { metadataMistake } from './network-metadata.ts';

const ownBridge = 'nat, route, open and isolated';
const withHostBridge = 'nat, route, open, isolated and bridge';

/** Fields that only networks with a bridge of their own can have. */
const l3Only = [
  'mtu',
  'mac',
  'domain',
  'dns',
  'ips',
  'routes',
  'ipv6',
  'dnsmasq_options',
  'bridge.stp',
  'bridge.delay',
  'bridge.zone',
];

/** Mistakes in a task's parameters, as far as they are known before the run. */
export const checkNetwork = (params: Readonly<Record<string, unknown>>): ParamProblem[] =>
  networkProblems(known(params) as NetworkFields);

/** What is known of a value. A list with an item that is not known, or only partly, counts as not known. */
function known(value: unknown): unknown {
  if (Array.isArray(value)) return value.some(isPartly) ? undefined : value.map(known);
  if (typeof value !== 'object' || value === null || isUnknown(value))
    return isUnknown(value) ? undefined : value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, known(one)]));
}

const isPartly = (item: unknown): boolean =>
  isUnknown(item) || (typeof item === 'object' && item !== null && Object.values(item).some(isUnknown));

/**
 * Mistakes in parameters, or with `whole` in a complete definition: then what is missing is a mistake, too.
 * Without the forward mode only what holds in every mode is looked at.
 */
export function networkProblems(fields: NetworkFields | Network, whole = false): ParamProblem[] {
  const given = fields as NetworkFields;
  const mode = given.forward?.mode;
  return [
    ...addressProblems(given),
    ...portgroupProblems(given.portgroups ?? []),
    ...ownProblems(given),
    ...poolProblems(given),
    ...(mode === undefined ? [] : modeProblems(given, mode)),
    ...(whole && mode !== undefined ? missing(given, mode) : []),
  ];
}

function modeProblems(given: NetworkFields, mode: ForwardMode): ParamProblem[] {
  const foreign = foreignFields(mode);
  const problems = foreign.flatMap(([field, modes]) => {
    const path = field.split('.');
    const value = valueAt(given, path);
    return value === undefined || (Array.isArray(value) && value.length === 0)
      ? []
      : [conflict(path, `${field} is for forward mode ${modes}, not ${mode}`, 'key')];
  });
  const { forward, bridge, portgroups = [] } = given;
  if (mode === 'private' || mode === 'vepa' || mode === 'passthrough' || mode === 'hostdev') {
    problems.push(...portgroupBandwidths(portgroups, mode));
  }
  if (
    mode === 'bridge' &&
    bridge?.name !== undefined &&
    (forward?.dev ?? forward?.interfaces?.[0] ?? forward?.pf) !== undefined
  ) {
    problems.push(conflict(['bridge', 'name'], 'mode bridge takes bridge.name or forward.dev, not both'));
  }
  if ((mode === 'nat' || mode === 'route') && (forward?.interfaces?.length ?? 0) > 1) {
    problems.push(conflict(['forward', 'interfaces'], `mode ${mode} forwards through one interface at most`));
  }
  return problems;
}

/** Fields that a forward mode does not have, and the modes that do. */
function foreignFields(mode: ForwardMode): readonly (readonly [string, string])[] {
  const except = (modes: readonly ForwardMode[], fields: readonly string[], words: string) =>
    modes.includes(mode) ? [] : fields.map((field) => [field, words] as const);
  const own: readonly ForwardMode[] = ['nat', 'route', 'open', 'isolated'];
  const macvtap: readonly ForwardMode[] = ['bridge', 'private', 'vepa', 'passthrough'];
  return [
    ...except(['nat'], ['forward.nat'], 'nat'),
    ...except(['bridge', 'passthrough', 'hostdev'], ['vlan'], 'bridge, passthrough and hostdev'),
    ...except(
      ['nat', 'route', ...macvtap],
      ['forward.dev', 'forward.interfaces'],
      'nat, route, bridge, private, vepa and passthrough',
    ),
    ...except(['hostdev'], ['forward.addresses', 'forward.managed', 'forward.driver'], 'hostdev'),
    ...except([...macvtap, 'hostdev'], ['forward.pf'], 'bridge, private, vepa, passthrough and hostdev'),
    ...except([...macvtap, 'hostdev'], ['virtualport'], 'bridge, private, vepa, passthrough and hostdev'),
    ...except(own, l3Only, ownBridge),
    ...except([...own, 'bridge'], ['bridge.name', 'bridge.mac_table_manager'], withHostBridge),
    ...except([...own, 'bridge'], ['bandwidth'], `${ownBridge}, and bridge with bridge.name`),
  ];
}

/** What a pool consists of: one of these. */
const pools = ['interfaces', 'addresses', 'pf'] as const;

function poolProblems({ forward }: NetworkFields): ParamProblem[] {
  const given = pools.filter((name) => {
    const value = name === 'interfaces' ? (forward?.interfaces ?? forward?.dev) : forward?.[name];
    return value !== undefined && value.length > 0;
  });
  return given
    .slice(1)
    .map((name) =>
      conflict(['forward', name], `forward takes one of ${given.join(' and ')}, they are each a pool`, 'key'),
    );
}

function ownProblems({ forward, domain, dns, metadata }: NetworkFields): ParamProblem[] {
  const problems: ParamProblem[] = [];
  const mistake = metadata === undefined ? undefined : metadataMistake(metadata);
  if (mistake !== undefined) problems.push(conflict(['metadata'], `metadata: ${mistake}`));
  if (
    forward?.dev !== undefined &&
    forward.interfaces !== undefined &&
    forward.interfaces[0] !== forward.dev
  ) {
    problems.push(conflict(['forward', 'dev'], 'forward.dev must be the first of forward.interfaces'));
  }
  const records = (['forwarders', 'txt', 'srv', 'hosts'] as const).filter((name) => dns?.[name]?.length);
  if (dns?.enable === false && records.length > 0) {
    problems.push(conflict(['dns', 'enable'], `dns.enable: false leaves no room for ${records.join(', ')}`));
  }
  for (const [index, { target, port, priority, weight }] of (dns?.srv ?? []).entries()) {
    if (target !== undefined || (port ?? priority ?? weight) === undefined) continue;
    problems.push(
      conflict(['dns', 'srv', index], 'port, priority and weight of an SRV record need its target'),
    );
  }
  if (domain?.register && !domain.local_only) {
    problems.push(conflict(['domain', 'register'], 'domain.register needs domain.local_only: true'));
  }
  return problems;
}

function portgroupProblems(portgroups: NonNullable<NetworkFields['portgroups']>): ParamProblem[] {
  const defaults = portgroups.flatMap((group, index) => (group.default ? [index] : []));
  return [
    ...repeated(portgroups, (group) => group.name, ['portgroups'], 'name'),
    ...defaults
      .slice(1)
      .map((index) => conflict(['portgroups', index, 'default'], 'only one portgroup can be the default')),
  ];
}

/** Guests on macvtap cannot be limited by their portgroup. */
const portgroupBandwidths = (
  portgroups: NonNullable<NetworkFields['portgroups']>,
  mode: string,
): ParamProblem[] =>
  portgroups.flatMap(({ bandwidth }, index) =>
    bandwidth === undefined
      ? []
      : [
          conflict(
            ['portgroups', index, 'bandwidth'],
            `forward mode ${mode} has no bandwidth in portgroups`,
            'key',
          ),
        ],
  );

/** What a definition needs to be one. */
function missing(given: NetworkFields, mode: ForwardMode): ParamProblem[] {
  if ((mode === 'nat' || mode === 'route') && !given.ips?.length) {
    return [conflict(['ips'], `forward mode ${mode} needs an address in ips`)];
  }
  const { interfaces = [], addresses = [], pf } = given.forward ?? {};
  const needsDevice = mode === 'private' || mode === 'vepa' || mode === 'passthrough';
  if (needsDevice && interfaces.length === 0 && pf === undefined) {
    return [
      conflict(['forward'], `forward mode ${mode} needs forward.dev, forward.interfaces or forward.pf`),
    ];
  }
  if (mode === 'hostdev' && addresses.length === 0 && pf === undefined) {
    return [conflict(['forward'], 'forward mode hostdev needs forward.addresses or forward.pf')];
  }
  if (mode === 'bridge' && given.bridge?.name === undefined) {
    const limited = portgroupBandwidths(given.portgroups ?? [], 'bridge without bridge.name');
    if (limited.length > 0) return limited;
    if (given.bandwidth)
      return [conflict(['bandwidth'], 'in forward mode bridge, bandwidth needs bridge.name')];
  }
  const openVswitch = given.virtualport !== undefined || given.portgroups?.some((group) => group.virtualport);
  if (
    mode === 'bridge' &&
    given.bridge?.name === undefined &&
    interfaces.length === 0 &&
    pf === undefined &&
    !openVswitch
  ) {
    return [
      conflict(
        ['forward'],
        'forward mode bridge needs bridge.name, forward.dev, forward.interfaces or forward.pf',
      ),
    ];
  }
  return [];
}

const conflict = (path: ParamProblem['path'], message: string, at?: 'key'): ParamProblem => ({
  path,
  code: 'PARAM_CONFLICT',
  message,
  ...(at && { at }),
});
