import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { EngineError } from '../../src/engine/errors.ts';
import { interfacesPlanner } from '../../src/host/interfaces/planner.ts';
import { emptyState } from '../../src/host/state.ts';
import { ModelKernel } from '../host/interfaces/kernel/model-kernel.ts';
import { commandsOf, modules, planTask } from '../host/interfaces/task.ts';

/** `test/modules/MODULE/CASE.yml`: one task on links that commands make. */
interface Case {
  readonly title: string;
  /** Commands that make the links */
  readonly have?: string;
  readonly params: Record<string, unknown>;
  /** Address on the host that the connection goes to */
  readonly ssh?: string;
  /** Commands that are to be run */
  readonly steps?: readonly string[];
  /** Differences, as `OBJECT FIELD: LIVE -> WANT` */
  readonly diff?: readonly string[];
  readonly warnings?: readonly string[];
  /** `CODE: message`, of a goal that this host cannot have or a plan that is refused */
  readonly error?: string;
  /** Why the change may cut the connection that it is made over */
  readonly lifeline?: string;
  /** `path CODE: message`, of parameters that contradict each other */
  readonly problems?: readonly string[];
}

describe.each(Object.entries(modules))('%s', (name, module) => {
  const folder = join(import.meta.dirname, name);
  const cases = readdirSync(folder)
    .filter((file) => file.endsWith('.yml'))
    .map((file) => ({ file, ...(parse(readFileSync(join(folder, file), 'utf8')) as Case) }));

  it.each(cases)(
    '$file: $title',
    ({ params, have = '', ssh, steps, diff, warnings = [], error, lifeline, problems = [] }) => {
      const found = (module.check?.(params) ?? []).map(
        ({ path, code, message }) => `${path.join('.')} ${code}: ${message}`,
      );
      expect(found).toEqual(problems);
      if (problems.length > 0) return;

      const kernel = new ModelKernel(have);
      const outcome = attempt(() => planTask([name as keyof typeof modules, params], kernel.observe(), ssh));
      if (outcome instanceof EngineError) {
        expect(show(outcome)).toBe(error);
        return;
      }
      const { goal, plan } = outcome;
      expect(plan.refused && show(plan.refused)).toBe(error);
      expect(plan.lifeline).toBe(lifeline);
      expect(plan.guard !== undefined).toBe(lifeline !== undefined && error === undefined);
      if (steps) expect(commandsOf(plan)).toEqual(steps);
      if (diff) expect(plan.diff.map(showDiff)).toEqual(diff);
      expect(plan.warnings ?? []).toEqual(warnings);
      if (error !== undefined) return;
      kernel.apply(plan.steps);
      expect(interfacesPlanner.verify(goal, plan, kernel.observe())).toEqual([]);
    },
  );
});

it('a backend that the host does not have is refused', () => {
  const params = { name: 'br0' };
  const goal = (networkBackend: string | undefined) =>
    attempt(() => modules.bridge.goal(params, emptyState, { libvirtUri: '', networkBackend }));
  expect(goal('iproute2')).not.toBeInstanceOf(EngineError);
  expect(goal(undefined)).not.toBeInstanceOf(EngineError);
  const outcome = goal('networkd');
  expect(outcome instanceof EngineError && show(outcome)).toBe('REQUIREMENT: the host has no networkd');
});

function attempt<T>(run: () => T): T | EngineError {
  try {
    return run();
  } catch (error) {
    if (error instanceof EngineError) return error;
    throw error;
  }
}

const show = ({ code, message }: EngineError): string => `${code}: ${message}`;

const showDiff = ({
  object,
  field,
  live,
  want,
}: {
  object: string;
  field: string;
  live?: unknown;
  want: unknown;
}) => `${object} ${field}: ${JSON.stringify(live)} -> ${JSON.stringify(want)}`;
