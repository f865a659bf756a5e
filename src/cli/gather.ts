import { stringify } from 'yaml';
import { EngineError } from '../engine/errors.ts';
import type { Registry, ResourceModule, Settings, SourceRequest } from '../engine/module.ts';
import type { Report, RunEvent } from '../engine/run/events.ts';
import type { HostState } from '../host/state.ts';
import { readExtraVars } from './extra-vars.ts';
import { printProblems } from './failure.ts';
import type { ConnectionFlags } from './flags.ts';
import { load } from './load.ts';
import { execute } from './run.ts';

/** What a host has, all of it. */
export interface Gathered {
  readonly host: string;
  readonly state: HostState;
  readonly settings: Settings;
  /** libvirt connection that was asked */
  readonly uri: string;
  /** Why its networks or guests could not be read */
  readonly withoutLibvirt?: EngineError;
}

const NAME = 'command line';

/** Reads all that a host has, and wants nothing of it. */
const observe: ResourceModule<{ readonly libvirt?: boolean }, HostState> = {
  kind: 'resource',
  name: 'observe',
  summary: 'Read the state of a host',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: { libvirt: { type: 'boolean', description: 'Networks and guests' } },
  },
  sources({ libvirt }, { libvirtUri: uri }): readonly SourceRequest[] {
    if (libvirt)
      return [
        { source: 'networks', uri },
        { source: 'domains', uri },
        { source: 'leases', uri },
        { source: 'agents', uri },
      ];
    return [{ source: 'links' }, { source: 'profiles', uri }];
  },
  goal: (_, state) => ({ part: 'interfaces', state, claims: [] }),
  view: () => undefined,
  result: (_, state, settings) => ({ state, settings }),
};

/**
 * Reads what hosts have, one round trip each. Hosts that cannot be reached are reported on stderr.
 * @returns hosts in the order of the patterns, and the exit code
 */
export async function gather(
  patterns: readonly string[],
  flags: ConnectionFlags,
): Promise<{ readonly hosts: readonly Gathered[]; readonly exitCode: number }> {
  const pattern = patterns.join(',');
  // The second task is never run: what it would need is read along with the first, and a host may lack it
  const tasks = [{ observe: {} }, { observe: { libvirt: true }, when: false }];
  const text = stringify([{ hosts: pattern, gather_facts: false, tasks }]);
  const modules: Registry = new Map([[observe.name, observe]]);
  const extraVars = readExtraVars(flags.extraVars);
  const loaded = await load({
    files: [NAME],
    sources: flags.inventory,
    limit: flags.limit,
    extraVars,
    cwd: process.cwd(),
    env: process.env,
    readFile: () => text,
    modules,
  });
  printProblems(loaded.warnings, 'warning');
  const found = new Map<string, Gathered>();
  const report: Report = {
    on(event) {
      if (event.type === 'warning') console.error(`[WARNING]: ${event.message}`);
      if (event.type === 'host-result') collect(event, found);
    },
  };
  const exitCode = await execute(loaded, flags, extraVars, { report, modules });
  const order = loaded.inventory.select(pattern, flags.limit);
  return { hosts: order.flatMap((host) => found.get(host) ?? []), exitCode };
}

function collect(
  { host, result }: Extract<RunEvent, { type: 'host-result' }>,
  found: Map<string, Gathered>,
): void {
  if (result.status === 'unreachable' || result.status === 'failed') {
    const { code = 'OBSERVE', message = result.msg ?? '', hint } = result.error ?? {};
    printProblems([new EngineError(code, `${host}: ${message}`, { hint })]);
  }
  const { state, settings } = result.data as Partial<Gathered>;
  if (state === undefined || settings === undefined) return;
  const failed = Object.entries(state.reads).find(
    ([key, read]) => /^(?:networks|domains) /.test(key) && read instanceof EngineError,
  )?.[1] as EngineError | undefined;
  found.set(host, {
    host,
    state,
    settings,
    uri: settings.libvirtUri,
    ...(failed && { withoutLibvirt: failed }),
  });
}

/** A host without libvirt is one like others; libvirt that does not answer is worth a word. */
export function warnOfLibvirt(hosts: readonly Gathered[]): void {
  for (const { host, withoutLibvirt } of hosts) {
    if (!withoutLibvirt || withoutLibvirt.code === 'REQUIREMENT') continue;
    const { code, message, hint } = withoutLibvirt;
    printProblems([new EngineError(code, `${host}: ${message}`, { hint })], 'warning');
  }
}
