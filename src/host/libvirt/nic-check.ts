import type { ParamProblem } from '../../engine/module.ts';
import { isUnknown } from '../../engine/unknown.ts';
import { isGeneratedTarget } from './nic-identity.ts';
import { nicProblems } from './nic-rules.ts';
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

/** Parameters of each type's source, the one that it needs first. */
const sources: Readonly<Record<string, readonly string[]>> = {
  network: ['network', 'portgroup'],
  bridge: ['bridge'],
  direct: ['dev', 'mode'],
  user: [],
};

function sourceProblems(params: Params): ParamProblem[] {
  const given = Object.entries(sources).filter(([, names]) => params[names[0] ?? ''] !== undefined);
  const type = params.type ?? given[0]?.[0];
  if (typeof type !== 'string') return [];
  const own = sources[type] ?? [];
  const found: ParamProblem[] = [];
  for (const name of Object.values(sources).flat()) {
    if (params[name] === undefined || own.includes(name)) continue;
    found.push(
      conflict(name, `${name} means nothing to a NIC of type ${type}`, 'each type has its own source'),
    );
  }
  const needed = own[0];
  const isGone = params.state === 'absent' || isUnknown(params.state);
  if (needed !== undefined && params[needed] === undefined && !isGone) {
    found.push({
      path: [],
      code: 'PARAM_MISSING',
      message: `a NIC of type ${type} needs ${needed}`,
    });
  }
  return found;
}

function ruleProblems(params: Params): ParamProblem[] {
  const type =
    params.type ?? Object.entries(sources).find(([, names]) => params[names[0] ?? ''] !== undefined)?.[0];
  return nicProblems({ ...params, type } as NicFields, 'part').map(({ field, message, hint }) =>
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
