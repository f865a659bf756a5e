import type { ParamProblem } from '../../engine/module.ts';
import { isUnknown } from '../../engine/unknown.ts';
import { isGeneratedTarget } from './nic-identity.ts';
import { nicProblems } from './nic-rules.ts';
import { linkName } from './nic-schema-words.ts';
import { impliedType, nicSources, sourceFields } from './nic-source.ts';
import type { NicFields } from './nic.ts';

type Params = Readonly<Record<string, unknown>>;

/** Mistakes of a NIC's parameters that their schema cannot express. */
export function checkNic(params: Params): readonly ParamProblem[] {
  return [
    ...identityProblems(params),
    ...scopeProblems(params),
    ...sourceProblems(params),
    ...ruleProblems(params),
  ];
}

const keys = ['mac', 'nic', 'alias', 'target', 'index'] as const;

function identityProblems(params: Params): ParamProblem[] {
  const found: ParamProblem[] = [];
  if (keys.every((key) => params[key] === undefined)) {
    found.push({
      path: [],
      code: 'PARAM_MISSING',
      message: 'one of mac, nic, alias, target and index must say which NIC is meant',
    });
  }
  for (const [key, others] of [
    ['nic', ['mac']],
    ['index', ['mac', 'nic', 'alias', 'target']],
  ] as const) {
    const other = others.find((one) => params[one] !== undefined);
    if (params[key] === undefined || other === undefined) continue;
    found.push(conflict(key, `${key} and ${other} both say which NIC is meant`, 'give one of them'));
  }
  if (params.index !== undefined && params.state === 'absent') {
    found.push(
      conflict(
        'index',
        'index cannot name a NIC that shall be absent',
        'the next run would find the next NIC there: give its mac',
      ),
    );
  }
  const byOther = ['mac', 'nic', 'alias'].some((key) => params[key] !== undefined);
  if (byOther && typeof params.target === 'string' && isGeneratedTarget(params.target)) {
    found.push({
      path: ['target'],
      code: 'PARAM_FORMAT',
      message: `target ${params.target}: libvirt keeps names that begin with vnet, macvtap or macvlan to itself`,
      hint: 'choose a name that begins otherwise',
    });
  }
  if (params.mac === '00:00:00:00:00:00') {
    found.push({ path: ['mac'], code: 'PARAM_FORMAT', message: 'the MAC 00:00:00:00:00:00 means none' });
  }
  return found;
}

/** Scopes that a state speaks of. */
const scopes: Readonly<Record<string, readonly string[]>> = {
  active: ['both', 'live'],
  defined: ['config'],
  inactive: ['both'],
  absent: ['both', 'config', 'live'],
};

function scopeProblems({ state, scope }: Params): ParamProblem[] {
  if (typeof state !== 'string' || typeof scope !== 'string') return [];
  const allowed = scopes[state] ?? [];
  if (allowed.includes(scope)) return [];
  const hint =
    state === 'defined' ? 'leave scope out' : `with state ${state}, scope is ${allowed.join(' or ')}`;
  return [conflict('scope', `scope ${scope} contradicts state ${state}`, hint)];
}

function sourceProblems(params: Params): ParamProblem[] {
  const type = params.type ?? impliedType(params);
  if (typeof type !== 'string' || !Object.hasOwn(nicSources, type)) return [];
  const { needs, takes } = nicSources[type]!;
  const found: ParamProblem[] = [];
  for (const name of sourceFields) {
    if (name === 'type' || params[name] === undefined || [...needs, ...takes].includes(name)) continue;
    const others = Object.entries(nicSources).filter(([, of]) => [...of.needs, ...of.takes].includes(name));
    found.push(
      conflict(
        name,
        `${name} means nothing to a NIC of type ${type}`,
        `it is for type ${others.map(([other]) => other).join(', ')}`,
      ),
    );
  }
  const isGone = params.state === 'absent' || isUnknown(params.state);
  const missing = needs.find((name) => params[name] === undefined);
  if (missing !== undefined && !isGone) {
    found.push({
      path: [],
      code: 'PARAM_MISSING',
      message: `a NIC of type ${type} needs ${missing}`,
    });
  }
  return [
    ...found,
    ...deviceProblems(type, params.dev),
    ...modeProblems(type, params.mode),
    ...socketProblems(type, params.socket),
  ];
}

/** Of all types but vdpa, `dev` is an interface. */
function deviceProblems(type: string, dev: unknown): ParamProblem[] {
  if (typeof dev !== 'string' || type === 'vdpa' || new RegExp(linkName('').pattern, 'u').test(dev))
    return [];
  return [
    {
      path: ['dev'],
      code: 'PARAM_FORMAT',
      message: `dev ${JSON.stringify(dev)} is no name of an interface`,
      hint: linkName('')['x-hint'],
    },
  ];
}

const modes: Readonly<Record<string, readonly string[]>> = {
  direct: ['vepa', 'bridge', 'private', 'passthrough'],
  vhostuser: ['server', 'client'],
};

function modeProblems(type: string, mode: unknown): ParamProblem[] {
  const allowed = modes[type];
  if (typeof mode !== 'string' || allowed === undefined || allowed.includes(mode)) return [];
  return [conflict('mode', `a NIC of type ${type} has no mode ${mode}`, `it is ${allowed.join(', ')}`)];
}

/** What a socket of each type must say when it is stated. */
const ends: Readonly<Record<string, readonly string[]>> = {
  mcast: ['address', 'port'],
  server: ['port'],
  client: ['address', 'port'],
  udp: ['address', 'port', 'local'],
};

function socketProblems(type: string, socket: unknown): ParamProblem[] {
  if (typeof socket !== 'object' || socket === null || isUnknown(socket)) return [];
  const given = socket as Params;
  const found: ParamProblem[] = [];
  const missing = (ends[type] ?? []).find((name) => given[name] === undefined);
  if (missing !== undefined) {
    found.push({
      path: ['socket'],
      code: 'PARAM_MISSING',
      message: `the socket of a NIC of type ${type} needs ${missing}`,
    });
  }
  if (given.local !== undefined && type !== 'udp') {
    found.push(
      conflict('socket', `socket.local means nothing to a NIC of type ${type}`, 'it is for type udp'),
    );
  }
  return found;
}

function ruleProblems(params: Params): ParamProblem[] {
  const backend = typeof params.backend === 'string' ? { type: params.backend } : params.backend;
  const type = params.type ?? impliedType(params);
  return nicProblems({ ...params, type, backend } as NicFields, 'part').map(({ field, message, hint }) =>
    conflict(field, message, hint),
  );
}

const conflict = (key: string, message: string, hint: string): ParamProblem => ({
  path: [key],
  at: 'key',
  code: 'PARAM_CONFLICT',
  message,
  hint,
});
