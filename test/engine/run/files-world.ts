import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterEach } from 'vitest';
import { EngineError } from '../../../src/engine/errors.ts';
import { loadInventory } from '../../../src/engine/inventory/index.ts';
import type {
  AnyModule,
  FieldDiff,
  Pending,
  Plan,
  Registry,
  ResourceModule,
  Step,
  World,
} from '../../../src/engine/module.ts';
import { loadPlaybooks } from '../../../src/engine/playbook/index.ts';
import { createReport, type ReportKind } from '../../../src/engine/report/index.ts';
import type { RunEvent } from '../../../src/engine/run/events.ts';
import type { RunOptions } from '../../../src/engine/run/options.ts';
import { runPlaybooks } from '../../../src/engine/run/run.ts';
import { createTemplar } from '../../../src/engine/template/index.ts';
import { createTransport } from '../../../src/engine/transport/index.ts';
import type { ShellRequest, Transport } from '../../../src/engine/transport/types.ts';
import { isUnknown, UNKNOWN } from '../../../src/engine/unknown.ts';
import { registry as modules } from '../../../src/modules/index.ts';

/**
 * A small world for what the engine does with any: a host is a folder, its state the files in it. What some contents
 * mean, to have everything happen that happens on hosts:
 * `late`: written half a second after the step; `never`: not written at all; `fail`: the step fails; `refused`: the
 * planner refuses it; `impossible`: there is no such goal; `pending`: left for later; `made`: the host's own choice.
 * The file `uplink` is the lifeline; `guarded` is only written under a guard.
 */
interface State {
  readonly files: Readonly<Record<string, unknown>> | undefined;
}

type File = { name: string; content?: string };

const write = (name: string, content: unknown): Step => {
  const script: Readonly<Record<string, string>> = {
    late: '{ sleep 0.5; printf %s "$2" >"$D/files/$1"; } >/dev/null 2>&1 &',
    never: ':',
    fail: 'echo no space left; exit 1',
  };
  const argv = ['sh', '-c', script[String(content)] ?? 'printf %s "$2" >"$D/files/$1"', 'sh', name];
  return { title: `write ${name}`, argv: [...argv, isUnknown(content) ? 'by the host' : String(content)] };
};

const remove = (name: string): Step => ({
  title: `remove ${name}`,
  argv: ['sh', '-c', 'rm -- "$D/files/$1"', 'sh', name],
});

const differs = (want: unknown, have: unknown) => (isUnknown(want) ? have === undefined : want !== have);

const difference = (name: string, want: unknown, have: unknown): FieldDiff => ({
  ...{ object: `file ${name}`, field: 'content', want: want ?? 'absent' },
  ...(have === undefined ? {} : { live: have }),
});

const world: World<State> = {
  empty: { files: undefined },
  observe: ({ files }) =>
    files
      ? undefined
      : {
          script:
            'cd "$D/files" && for f in *; do [ -f "$f" ] && printf "%s=%s\\n" "$f" "$(cat "$f")"; done; :',
          parse: ({ stdout }) => ({
            files: Object.fromEntries(
              stdout
                .split('\n')
                .filter((line) => line !== '')
                .map((line) => line.split('=')),
            ),
          }),
        },
  forget: () => ({ files: undefined }),
  failure: () => undefined,
  same: (a, b) => JSON.stringify(a) === JSON.stringify(b),

  plan(state, goal): Plan<State> {
    const [have, want] = [state.files!, goal.state.files!];
    const names = [...new Set([...Object.keys(have), ...Object.keys(want)])].sort();
    const changes = names.filter((name) => differs(want[name], have[name]));
    const pending = changes.filter((name) => want[name] === 'pending');
    const now = changes.filter((name) => want[name] !== 'pending');
    const diff = (name: string) => difference(name, want[name], have[name]);
    return {
      steps: now.map((name) => (want[name] === undefined ? remove(name) : write(name, want[name]))),
      diff: changes.map(diff),
      pending: pending.map((name): Pending => ({ ...diff(name), until: 'next boot' })),
      refused: Object.values(want).includes('refused')
        ? new EngineError('REFUSED', 'it would do harm')
        : undefined,
      predicted: goal.state,
      touches: [{ source: 'links' }],
      settle: changes.some((name) => want[name] === 'late') ? 600 : 0.05,
      evidence: ['sh', '-c', 'cat "$D/log"'],
      lifeline: now.includes('uplink') ? 'write uplink touches the path of this connection' : undefined,
      guard: now.includes('guarded')
        ? { reason: '', files: [], restore: [], restoreAtBoot: [], dial: 'same', timeout: 30 }
        : undefined,
    };
  },

  merge: (goals) => ({ ...goals.at(-1)!, claims: goals.flatMap(({ claims }) => claims) }),

  verify: ({ claims, state }, { pending }, after) =>
    claims
      .map(([, name]) => difference(String(name), state.files?.[name!], after.files?.[name!]))
      .filter(({ want, live }) => differs(want === 'absent' ? undefined : want, live))
      .filter(({ object }) => !pending.some((left) => left.object === object)),
};

const file: ResourceModule<File, State> = {
  kind: 'resource',
  atomic: true,
  name: 'file',
  summary: 'Keep a file',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['name'],
    properties: {
      name: { type: 'string', description: 'Its name' },
      content: { type: 'string', description: 'What is in it; left out: it is not there' },
    },
  },
  sources: () => [{ source: 'links' }],
  goal({ name, content }, { files = {} }) {
    if (content === 'impossible') throw new EngineError('PARAM_CONFLICT', `${name} cannot be so here`);
    const { [name]: _, ...others } = files;
    const wish = content === 'made' ? (files[name] ?? UNKNOWN) : content;
    const state = { files: wish === undefined ? others : { ...others, [name]: wish } };
    return { part: 'interfaces', state, claims: [['files', name]] };
  },
  view: ({ name }, { files }) => files?.[name] ?? 'absent',
};

const registry: Registry = new Map<string, AnyModule>([...modules, ['file', file]]);

/** Mount namespaces keep each host's lock apart; that takes root. */
export const isRoot = process.getuid?.() === 0;

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

export interface Ran {
  /** The report's text, without decoration and times */
  readonly text: string;
  readonly exitCode: number;
  readonly events: readonly RunEvent[];
  /** `host/file: content` of all hosts at the end */
  readonly files: readonly string[];
  /** Requests that changed something, by host */
  readonly changes: readonly string[];
}

export interface Setup extends Partial<Omit<RunOptions, 'emit'>> {
  readonly hosts?: readonly string[];
  /** Two names of one machine have one folder */
  readonly machine?: (host: string) => string;
  readonly report?: ReportKind;
  /** What is there before, by host */
  readonly before?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** What the hosts' log says */
  readonly log?: string;
  /** Told of each request before it goes out */
  readonly onRequest?: (request: ShellRequest, folder: string) => void;
  readonly onEvent?: (event: RunEvent) => void;
}

/** Runs a playbook on folders, each behind a real shell of its own. */
export async function runOnFolders(playbook: string, setup: Setup = {}): Promise<Ran> {
  const root = mkdtempSync(join(tmpdir(), 'wirebook-files-'));
  folders.push(root);
  const { hosts = ['h1'], machine = (host: string) => host, before = {}, log = '', onRequest } = setup;
  const folderOf = (host: string) => join(root, machine(host));
  for (const host of hosts) {
    mkdirSync(join(folderOf(host), 'files'), { recursive: true });
    writeFileSync(join(folderOf(host), 'log'), log);
    for (const [name, content] of Object.entries(before[host] ?? {}))
      writeFileSync(join(folderOf(host), 'files', name), content);
  }

  const templar = createTemplar({ playbookDir: root, env: {} });
  const readFile = () => playbook;
  const { playbooks, problems } = loadPlaybooks(['site.yml'], { registry, checker: templar, readFile });
  if (problems.length > 0) throw problems[0]!;
  const inventory = await loadInventory([`${hosts.join(',')},`], { cwd: root });
  const changes: string[] = [];
  const transports = new Map<string, Transport>();
  const reach = (host: string) => {
    const key = machine(host);
    const transport =
      transports.get(key) ??
      watched(folderOf(host), (request) => {
        if (request.survive) changes.push(key);
        onRequest?.(request, join(folderOf(host), 'files'));
      });
    transports.set(key, transport);
    return { key, transport };
  };

  let text = '';
  const stream = new Writable({
    write(chunk, _, done) {
      text += String(chunk);
      done();
    },
  });
  const { verbosity = 0, diff = false } = setup;
  const report = createReport(setup.report ?? 'lines', {
    ...{ stream, isTTY: false, color: false, verbosity, diff },
  });
  const events: RunEvent[] = [];
  const { exitCode } = await runPlaybooks({
    ...{ playbooks, inventory, templar, registry, world, reach },
    ...{ readVars: () => ({}), extraVars: {}, limit: undefined, tags: [], skipTags: [] },
    ...{ startAtTask: undefined, check: false, diff, forks: 5, forceHandlers: false },
    ...{ detailedExitCode: false, verbosity, holder: 'test', version: '0' },
    become: { become: false, user: undefined, method: undefined, password: undefined },
    signal: new AbortController().signal,
    ...setup,
    emit(event) {
      events.push(event);
      report.on(event);
      setup.onEvent?.(event);
    },
  });
  await report.close?.();
  const machines = [...new Set(hosts.map(machine))];
  const files = machines.flatMap((name) =>
    readdirSync(join(root, name, 'files')).map(
      (one) => `${name}/${one}: ${readFileSync(join(root, name, 'files', one), 'utf8')}`,
    ),
  );
  return { text: plain(text), exitCode, events, files: files.sort(), changes };
}

/** Each folder behind a shell with a /run of its own, every request seen on its way. */
function watched(folder: string, see: (request: ShellRequest) => void): Transport {
  const script = 'mount -t tmpfs run /run && exec sh';
  const argv = ['env', `D=${folder}`, 'unshare', '-m', 'sh', '-c', script];
  const inner = createTransport({ kind: 'command', argv });
  return {
    description: `folder ${folder}`,
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
              see(request);
              return shell.run(request);
            },
          };
        },
      };
    },
  };
}

const plain = (text: string): string =>
  text
    .replaceAll(/ \*{3,}/g, '')
    .replaceAll(/ +$/gm, '')
    .replaceAll(/^([✔✖↓] .*?) {2,}(\d.*?)( {2}[\d.]+ s)?$/gm, '$1  $2')
    .replace(/\n(\d+ hosts?) in .*?(, .*)?\n$/, '\n$1$2\n');
