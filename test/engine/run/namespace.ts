import { afterAll, beforeAll } from 'vitest';
import { load } from '../../../src/cli/load.ts';
import type { RunEvent } from '../../../src/engine/run/events.ts';
import { runPlaybooks } from '../../../src/engine/run/run.ts';
import { createTransport } from '../../../src/engine/transport/index.ts';
import type { ShellRequest, Transport } from '../../../src/engine/transport/types.ts';
import { world } from '../../../src/host/index.ts';
import { registry } from '../../../src/modules/index.ts';
import { type Host, isRoot, startHost } from './guard/host.ts';

export { isRoot };

/** Namespaces of our own stand for a host, with a real kernel and a real shell in it; that takes root. */
let host: Pick<Host, 'argv' | 'stop'> | undefined;

/** Makes the host for the tests of a file; `start`: another kind of host than a bare one. */
export function useNamespace(start: () => Promise<Pick<Host, 'argv' | 'stop'>> = startHost): void {
  beforeAll(async () => {
    if (isRoot) host = await start();
  });
  afterAll(() => host?.stop());
}

/** The real transport, with every request kept on its way through. */
function watched(requests: ShellRequest[]): Transport {
  const inner = createTransport({ kind: 'command', argv: host!.argv });
  return {
    description: inner.description,
    async connect(dial) {
      const connection = await inner.connect(dial);
      return {
        lost: connection.lost,
        close: () => connection.close(),
        async shell(become) {
          const shell = await connection.shell(become);
          return {
            info: shell.info,
            close: () => shell.close(),
            run(request) {
              requests.push(request);
              return shell.run(request);
            },
          };
        },
      };
    },
  };
}

/** Runs tasks on the namespace through the whole engine. */
export async function run(tasks: readonly unknown[], check = false) {
  const text = JSON.stringify([{ hosts: 'all', gather_facts: false, tasks }]);
  const cwd = import.meta.dirname;
  const loaded = await load({
    files: ['inline.yml'],
    sources: ['h1,'],
    extraVars: {},
    cwd,
    env: {},
    readFile: () => text,
  });
  const requests: ShellRequest[] = [];
  const events: RunEvent[] = [];
  const { exitCode, recap } = await runPlaybooks({
    ...loaded,
    registry,
    world,
    reach: () => ({ key: 'h1', transport: watched(requests) }),
    readVars: () => ({}),
    emit: (event) => events.push(event),
    extraVars: {},
    limit: undefined,
    tags: [],
    skipTags: [],
    startAtTask: undefined,
    check,
    diff: false,
    forks: 5,
    forceHandlers: false,
    detailedExitCode: check,
    become: { become: false, user: undefined, method: undefined, password: undefined },
    verbosity: 0,
    holder: 'test',
    version: '0',
    signal: new AbortController().signal,
  });
  const results = events.flatMap((event) => (event.type === 'host-result' ? [event.result] : []));
  return { exitCode, recap: recap.h1, requests, results, statuses: results.map(({ status }) => status) };
}
