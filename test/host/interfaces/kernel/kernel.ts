import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { gunzipSync } from 'node:zlib';
import type { ShellOutput, Step } from '../../../../src/engine/module.ts';
import { quoteAll } from '../../../../src/engine/transport/quote.ts';
import { linksReader } from '../../../../src/host/observe/links.ts';
import { emptyState, type HostState } from '../../../../src/host/state.ts';

/** A real kernel on which scripts can be run. */
export interface Kernel {
  run(script: string): Promise<ShellOutput>;
  stop(): void;
}

/** This machine's own kernel. */
export const ownKernel = (): Kernel => ({
  run: (script) => {
    const { stdout, stderr, status } = spawnSync('sh', ['-c', script], { encoding: 'utf8' });
    return Promise.resolve({ stdout, stderr, status: status ?? 1 });
  },
  stop: () => undefined,
});

/** Why namespaces cannot be made on this machine, or undefined. */
export function noNamespaces(): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root';
  return spawnSync('unshare', ['-n', 'true']).status === 0 ? undefined : 'needs network namespaces';
}

/** A User-mode Linux kernel with bonding and 802.1q, plain or gzipped; undefined if there is none. */
export const umlImage = (): string | undefined =>
  [process.env.WIREBOOK_UML, '/work/shared/lab/linux.uml.gz'].find(
    (file) => file !== undefined && existsSync(file),
  );

/** Boots a User-mode Linux whose root is this machine's, read-only. Half a second. */
export async function startUml(image: string): Promise<Kernel> {
  const share = mkdtempSync(join(tmpdir(), 'wirebook-uml-'));
  const binary = image.endsWith('.gz') ? join(share, 'linux') : image;
  if (binary !== image) writeFileSync(binary, gunzipSync(readFileSync(image)), { mode: 0o755 });
  const child = spawn(
    binary,
    [
      ...['mem=192M', 'root=/dev/root', 'rootfstype=hostfs', 'rootflags=/', 'ro', 'quiet', 'seccomp=on'],
      ...[`init=${import.meta.dirname}/init.sh`, 'con=null', 'con0=fd:0,fd:1', 'bonding.max_bonds=0'],
      `wirebook.share=${share}`,
    ],
    { stdio: ['pipe', 'pipe', 'ignore'], env: { ...process.env, TMPDIR: share }, detached: true },
  );
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  const next = async (pattern: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const { value, done } = await lines.next();
      if (done) throw new Error('the kernel has ended');
      const match = pattern.exec(String(value));
      if (match) return match;
    }
  };
  const stop = (): void => {
    kill(child);
    rmSync(share, { recursive: true, force: true });
  };
  await next(/^ready/).catch((error: unknown) => {
    stop();
    throw error;
  });
  let number = 0;
  return {
    async run(script) {
      const file = join(share, String(++number));
      writeFileSync(`${file}.sh`, script);
      child.stdin!.write(`${number}\n`);
      const match = await next(new RegExp(`^done ${number} (\\d+)`));
      const [stdout, stderr] = ['out', 'err'].map((end) => readFileSync(`${file}.${end}`, 'utf8'));
      for (const end of ['sh', 'out', 'err']) rmSync(`${file}.${end}`);
      return { stdout: stdout ?? '', stderr: stderr ?? '', status: Number(match[1]) };
    },
    stop,
  };
}

/** A kernel has threads of its own, all in one process group. */
function kill(child: ChildProcess): void {
  child.stdin?.end();
  if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
}

/** A throw-away network namespace on a kernel. */
export class Namespace {
  readonly #kernel: Kernel;
  readonly #name: string;
  static #count = 0;

  private constructor(kernel: Kernel, name: string) {
    this.#kernel = kernel;
    this.#name = name;
  }

  /** With the links that these commands make, one a line */
  static async make(kernel: Kernel, commands: string): Promise<Namespace> {
    const namespace = new Namespace(kernel, `wirebook-${process.pid}-${++Namespace.#count}`);
    const { status, stderr } = await kernel.run(`ip netns add ${namespace.#name}`);
    if (status !== 0) throw new Error(stderr);
    await namespace.#must(`set -e\n${commands}`);
    return namespace;
  }

  run(script: string): Promise<ShellOutput> {
    return this.#kernel.run(`ip netns exec ${this.#name} sh <<'end of script'\n${script}\nend of script\n`);
  }

  async #must(script: string): Promise<void> {
    const { status, stderr } = await this.run(script);
    if (status !== 0) throw new Error(`${stderr.trim()}\n${script}`);
  }

  /** Throws with what was done when a step fails */
  async apply(steps: readonly Step[]): Promise<void> {
    const lines = steps.map(
      ({ argv }) => `${quoteAll(argv)} || { echo "failed: "${quoteAll([argv.join(' ')])} >&2; exit 1; }`,
    );
    const { status, stderr } = await this.run(lines.join('\n'));
    if (status !== 0) {
      throw new Error(`${stderr.trim()}\nsteps:\n${steps.map(({ argv }) => argv.join(' ')).join('\n')}`);
    }
  }

  async observe(): Promise<HostState> {
    const output = await this.run(`export LC_ALL=C\n${linksReader.script({ source: 'links' })}`);
    return linksReader.parse(output, emptyState, { source: 'links' });
  }

  async remove(): Promise<void> {
    await this.#kernel.run(`ip netns del ${this.#name}`);
  }
}
