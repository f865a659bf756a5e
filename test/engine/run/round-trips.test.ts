import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { load } from '../../../src/cli/load.ts';
import type { RunEvent } from '../../../src/engine/run/events.ts';
import { runPlaybooks } from '../../../src/engine/run/run.ts';
import { createTransport } from '../../../src/engine/transport/index.ts';
import type { ShellRequest, Transport } from '../../../src/engine/transport/types.ts';
import { world } from '../../../src/host/index.ts';
import { registry } from '../../../src/modules/index.ts';

// A network namespace of our own stands for a host, with a real kernel and a real shell in it.
const root = process.getuid?.() === 0;
const namespace = `wbtrip${process.pid}`;

beforeAll(() => {
  if (root) execFileSync('ip', ['netns', 'add', namespace]);
});
afterAll(() => {
  if (root) execFileSync('ip', ['netns', 'del', namespace]);
});

/** The real transport, with every request kept on its way through. */
function watched(requests: ShellRequest[]): Transport {
  const argv = ['ip', 'netns', 'exec', namespace, 'sh'];
  const inner = createTransport({ kind: 'command', argv });
  return {
    description: inner.description,
    async connect() {
      const connection = await inner.connect();
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

async function run(tasks: readonly unknown[], check = false) {
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
  const { exitCode } = await runPlaybooks({
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
    detailedExitCode: false,
    become: { become: false, user: undefined, method: undefined, password: undefined },
    verbosity: 0,
    holder: 'test',
    version: '0',
    signal: new AbortController().signal,
  });
  const statuses = events.flatMap((event) => (event.type === 'host-result' ? [event.result.status] : []));
  return { exitCode, requests, statuses };
}

const bridges = Array.from({ length: 10 }, (_, index) => ({ bridge: { name: `br${index}` } }));
const all = (status: string): string[] => bridges.map(() => status);

test.skipIf(!root)(
  'ten tasks cost: one reading, the lock, a request for each change, unlocking; then one reading',
  async () => {
    const check = await run(bridges, true);
    expect(check.statuses).toEqual(all('changed'));
    expect(check.requests).toHaveLength(1);

    const first = await run(bridges);
    expect(first.statuses).toEqual(all('changed'));
    expect(first.requests).toHaveLength(1 + 1 + 10 + 1);

    const second = await run(bridges);
    expect(second.statuses).toEqual(all('ok'));
    expect(second.requests).toHaveLength(1);
    expect(second.requests[0]).not.toHaveProperty('survive');
  },
);

test.skipIf(!root)('a task that an earlier one makes ready is predicted', async () => {
  const tasks = [
    { bridge: { name: 'brx', mtu: 1400 } },
    { bridge: { name: 'brx', mtu: 1400 } },
    { bridge: { name: 'brx', mtu: 1300 } },
    { bridge: { name: 'brx', state: 'absent' } },
    { bridge: { name: 'brx', state: 'absent' } },
  ];
  const expected = ['changed', 'ok', 'changed', 'changed', 'ok'];
  expect((await run(tasks, true)).statuses).toEqual(expected);
  expect((await run(tasks)).statuses).toEqual(expected);
});

test.skipIf(!root)('what an action may have changed is read again', async () => {
  const tasks = [
    { bridge: { name: 'bra' } },
    { command: 'ip link del bra' },
    { bridge: { name: 'bra' } },
    { command: 'true', check_mode: false },
    { bridge: { name: 'bra', state: 'absent' } },
  ];
  expect((await run(tasks)).statuses).toEqual(['changed', 'changed', 'changed', 'changed', 'changed']);
  expect((await run(tasks, true)).statuses).toEqual(['changed', 'skipped', 'ok', 'changed', 'changed']);
});
