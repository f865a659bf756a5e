import { execFileSync, spawnSync } from 'node:child_process';
import type { Step } from '../../../src/engine/module.ts';
import { linksReader } from '../../../src/host/observe/links.ts';
import { emptyState, type HostState } from '../../../src/host/state.ts';

/** Why real namespaces cannot be used here, or undefined. */
export const noNamespaces = (): string | undefined => {
  if (process.getuid?.() !== 0) return 'needs root';
  const name = `wbi-probe-${process.pid}`;
  if (spawnSync('ip', ['netns', 'add', name]).status !== 0) return 'needs ip netns';
  spawnSync('ip', ['netns', 'del', name]);
  return undefined;
};

/** A throw-away network namespace of this machine's kernel. */
export class Namespace {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
    execFileSync('ip', ['netns', 'add', name]);
  }

  run(argv: readonly string[]): void {
    const { status, stderr } = spawnSync('ip', ['netns', 'exec', this.name, ...argv], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${argv.join(' ')}: ${stderr.trim()}`);
  }

  /** One command a line */
  setUp(commands: string): void {
    for (const line of commands.trim().split('\n')) this.run(line.trim().split(/\s+/));
  }

  apply(steps: readonly Step[]): void {
    for (const step of steps) this.run(step.argv);
  }

  observe(): HostState {
    const script = `export LC_ALL=C\n${linksReader.script({ source: 'links' })}`;
    const { stdout, stderr, status } = spawnSync('ip', ['netns', 'exec', this.name, 'sh', '-c', script], {
      encoding: 'utf8',
    });
    return linksReader.parse({ stdout, stderr, status: status ?? 1 }, emptyState, { source: 'links' });
  }

  [Symbol.dispose](): void {
    spawnSync('ip', ['netns', 'del', this.name]);
  }
}
