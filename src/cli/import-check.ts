/** Tries what is to be imported on the state it came from: nothing of it may be a change, or wait for one. */
import { EngineError } from '../engine/errors.ts';
import type { ResourceModule } from '../engine/module.ts';
import { checkParams } from '../engine/params.ts';
import { plainValue } from '../engine/report/text.ts';
import type { Candidate } from '../host/import/candidate.ts';
import { world } from '../host/index.ts';
import type { HostState } from '../host/state.ts';
import { registry } from '../modules/index.ts';
import type { Gathered } from './gather.ts';

export interface Imported {
  readonly candidate: Candidate;
  /** Undefined: no task of that kind says what is there */
  readonly params: Params | undefined;
  /** What is left out, and why */
  readonly notes: readonly string[];
}

type Params = Readonly<Record<string, unknown>>;
type Path = readonly string[];

/**
 * The candidate with as many of its parameters as are so: where what is stored and what is live differ, or a module
 * has no such parameter, the parameter is left out.
 */
export function tryCandidate(candidate: Candidate, host: Gathered): Imported {
  const { params, needs } = candidate;
  const whole = objections(candidate.module, params, host);
  if (whole.length === 0) return { candidate, params, notes: [] };
  const paths = pathsOf(params);
  const isNeeded = ([key]: Path): boolean => needs.includes(key!);
  let kept = paths.filter(isNeeded);
  if (objections(candidate.module, pick(params, kept), host).length > 0) {
    return { candidate, params: undefined, notes: whole };
  }
  const notes: string[] = [];
  for (const path of paths.filter((one) => !isNeeded(one))) {
    const found = objections(candidate.module, pick(params, [...kept, path]), host);
    if (found.length === 0) kept = [...kept, path];
    else notes.push(...found);
  }
  return { candidate, params: pick(params, kept), notes: [...new Set(notes)] };
}

/** Why these parameters are not what the host has; none: a run would change nothing. */
function objections(name: Candidate['module'], params: Params, { state, settings }: Gathered): string[] {
  const module = registry.get(name) as ResourceModule<unknown, HostState>;
  const { value, problems } = checkParams(module.schema, params, {
    label: name,
    mode: 'runtime',
    check: module.check,
  });
  if (problems.length > 0) return problems.map(({ message }) => message);
  try {
    const goal = module.goal(value, state, settings);
    const plan = world.plan(state, goal, { settings, sshAddress: undefined, check: true });
    if (plan.refused) return [plan.refused.message];
    const differences = [...plan.diff, ...plan.pending].map(({ field, stored, live }) => {
      const sides = [
        ...(stored === undefined ? [] : [`stored ${plainValue(stored)}`]),
        ...(live === undefined ? [] : [`live ${plainValue(live)}`]),
      ];
      return `${field} is not clear: ${sides.join(', ') || 'not there'}`;
    });
    return plan.steps.length > 0 && differences.length === 0
      ? plan.steps.map(({ title }) => title)
      : differences;
  } catch (error) {
    if (error instanceof EngineError) return [error.message];
    throw error;
  }
}

/** Parameters, those of an address family one by one. */
const pathsOf = (params: Params): Path[] =>
  Object.entries(params).flatMap(([key, value]) =>
    key === 'ipv4' || key === 'ipv6' ? Object.keys(value as object).map((inner) => [key, inner]) : [[key]],
  );

/** The parameters with these paths only, in their order. */
function pick(params: Params, paths: readonly Path[]): Params {
  const has = (...path: string[]): boolean => paths.some((one) => one.join(' ') === path.join(' '));
  const entries = Object.entries(params).flatMap(([key, value]): [string, unknown][] => {
    if (has(key)) return [[key, value]];
    const inner = Object.entries((key === 'ipv4' || key === 'ipv6' ? value : {}) as object).filter(([name]) =>
      has(key, name),
    );
    return inner.length > 0 ? [[key, Object.fromEntries(inner)]] : [];
  });
  return Object.fromEntries(entries);
}
