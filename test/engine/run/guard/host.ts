import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { FieldDiff, GuardPlan, Plan, Step, World } from '../../../../src/engine/module.ts';
import { Machine } from '../../../../src/engine/run/machine.ts';
import { createTransport } from '../../../../src/engine/transport/index.ts';
import type {
  Connection,
  Dial,
  Shell,
  ShellRequest,
  Transport,
} from '../../../../src/engine/transport/types.ts';

export const isRoot = process.getuid?.() === 0;

/**
 * Stands for a host: a mount and a network namespace with its own /run, /var/lib and /srv, where its files are.
 * No systemd runs in it.
 */
export interface Host {
  readonly argv: readonly string[];
  /** Runs a command there. @returns its stdout, trimmed */
  sh(script: string): string;
  /** Kills its processes whose command line ends so. @returns whether there were any */
  kill(command: string): boolean;
  stop(): void;
}

const SETUP = `mount --make-rprivate / && mount -t tmpfs none /run && mount -t tmpfs -o size=4m none /var/lib &&
mount -t tmpfs -o size=2m none /srv && ip link set lo up && echo ready && exec sleep 1000`;

/** @param sh what the host has as `sh` */
export async function startHost(sh = 'sh'): Promise<Host> {
  const child: ChildProcess = spawn('unshare', ['-m', '-n', 'sh', '-c', SETUP], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout!, 'data');
  const enter = ['nsenter', '-t', String(child.pid), '-m', '-n'];
  if (sh !== 'sh') {
    execFileSync(enter[0]!, [...enter.slice(1), 'mount', '--bind', sh, '/bin/sh']);
  }
  return {
    argv: [...enter, 'sh'],
    sh: (script) =>
      execFileSync(enter[0]!, [...enter.slice(1), 'sh', '-c', script], { encoding: 'utf8' }).trim(),
    kill(command) {
      let found = false;
      const own = readlinkSync(`/proc/${child.pid}/ns/net`);
      for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
        try {
          if (readlinkSync(`/proc/${pid}/ns/net`) !== own) continue;
          const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
          if (line.endsWith(command)) found = process.kill(Number(pid), 'SIGKILL');
        } catch {
          // It has ended meanwhile
        }
      }
      return found;
    },
    stop() {
      child.kill('SIGKILL');
    },
  };
}

/** The real transport, with what goes through it kept. To a host, the death of the controller is the end of all connections. */
export class Watched {
  readonly connects: (Dial | undefined)[] = [];
  readonly requests: ShellRequest[] = [];
  /** Called when a request is sent and when it is answered */
  onRequest: (number: number, when: 'sent' | 'answered') => void = () => {};
  /** What the login asks */
  asked: string | undefined;
  readonly #open: Connection[] = [];
  #dead = false;
  readonly #inner: Transport;

  constructor(inner: Transport) {
    this.#inner = inner;
  }

  readonly transport: Transport = {
    description: 'test',
    connect: async (dial) => {
      this.connects.push(dial);
      const connection = await this.#inner.connect(dial);
      this.#open.push(connection);
      if (this.#dead) this.die();
      return {
        lost: connection.lost,
        hostKey: connection.hostKey,
        asked: this.asked ?? connection.asked,
        learn: () => connection.learn?.(),
        close: () => connection.close(),
        shell: async (become) => this.#watch(await connection.shell(become)),
      };
    },
  };

  /** No request gets through any more, and no answer. */
  die(): void {
    this.#dead = true;
    for (const connection of this.#open.splice(0)) connection.close();
  }

  readonly #shells = new WeakMap<Shell, Shell>();

  #watch(shell: Shell): Shell {
    let watched = this.#shells.get(shell);
    if (!watched) {
      watched = {
        info: shell.info,
        close: () => shell.close(),
        run: async (request) => {
          const number = this.requests.push(request);
          const never = new Promise<never>(() => {});
          if (this.#dead) return never;
          const asked = shell.run(request);
          this.onRequest(number, 'sent');
          try {
            const result = await asked;
            this.onRequest(number, 'answered');
            return await (this.#dead ? never : result);
          } catch (error) {
            if (this.#dead) return never;
            throw error;
          }
        },
      };
      this.#shells.set(shell, watched);
    }
    return watched;
  }
}

/** A world whose state is what a command prints. */
export const readingWorld = (script: string): World<unknown> => ({
  empty: '',
  observe: () => ({ script, parse: ({ stdout }) => stdout.trim() }),
  forget: (state) => state,
  failure: () => undefined,
  same: () => true,
  plan: () => {
    throw new Error('not planned here');
  },
  merge: (goals) => goals[0]!,
  verify: () => [],
});

export const machineOn = (host: Host, reading = 'cat /srv/*') => {
  const watched = new Watched(createTransport({ kind: 'command', argv: host.argv }));
  return { watched, machine: new Machine(watched.transport, readingWorld(reading), 'ann@admin pid 1') };
};

export const step = (title: string, script: string, more: Partial<Step> = {}): Step => ({
  title,
  argv: ['sh', '-c', script],
  ...more,
});

export function guardedPlan(
  steps: readonly Step[],
  guard: Partial<GuardPlan> = {},
  more: Partial<Plan<unknown>> = {},
): Plan<unknown> {
  return {
    steps,
    diff: [],
    pending: [],
    predicted: undefined,
    touches: [{ source: 'links' }],
    guard: {
      reason: 'test',
      files: ['/srv/a', '/srv/b', '/srv/c'],
      restore: [],
      restoreAtBoot: [],
      dial: 'same',
      timeout: 10,
      ...guard,
    },
    ...more,
  };
}

/** Wants a reading to be exactly this. */
export const wants =
  (text: string, where: 'live' | 'stored' = 'live') =>
  (state: unknown): readonly FieldDiff[] =>
    state === text ? [] : [{ object: 'files', field: 'text', want: text, [where]: state }];
