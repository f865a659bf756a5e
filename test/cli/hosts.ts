import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Why no network namespaces can be made here, for `describe.skipIf`; undefined when they can. */
export const namespacesMissing = ((): string | undefined => {
  if (process.getuid?.() !== 0) return 'needs root';
  const absent = ['ip', 'virsh'].filter(
    (tool) => spawnSync('sh', ['-c', 'command -v "$1"', 'sh', tool]).status !== 0,
  );
  return absent.length === 0 ? undefined : `needs ${absent.join(', ')}`;
})();

/** Network namespaces as hosts `h1`, `h2`, …; libvirt is its test driver, with one network and one guest. */
export interface Hosts {
  readonly folder: string;
  /** Runs the program in their inventory */
  wirebook(...args: readonly string[]): { status: number | null; stdout: string; stderr: string };
  /** Runs `ip` on one of them, a line a command */
  ip(host: string, commands: string): void;
  remove(): void;
}

const bin = join(import.meta.dirname, '../../bin/wirebook.mjs');

export function makeHosts(count: number): Hosts {
  const folder = mkdtempSync(join(tmpdir(), 'wirebook-hosts-'));
  const names = Array.from({ length: count }, (_, index) => `h${index + 1}`);
  const namespace = (host: string): string => `wbx${process.pid}-${host}`;
  const ip = (...args: string[]): void => {
    const { status, stderr } = spawnSync('ip', args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr}`);
  };
  for (const name of names) ip('netns', 'add', namespace(name));
  const lines = names.map((name) => {
    const argv = JSON.stringify(['ip', 'netns', 'exec', namespace(name), 'sh']);
    return `    ${name}: {ansible_connection: command, ansible_command_argv: ${argv}}\n`;
  });
  mkdirSync(join(folder, 'inventory'));
  writeFileSync(
    join(folder, 'inventory/hosts.yml'),
    `all:\n  vars: {libvirt_uri: "test:///default"}\n  hosts:\n${lines.join('')}`,
  );
  return {
    folder,
    wirebook: (...args) =>
      spawnSync(process.execPath, [bin, ...args], { cwd: folder, encoding: 'utf8', timeout: 60_000 }),
    ip(host, commands) {
      for (const command of commands.trim().split('\n'))
        ip('-n', namespace(host), ...command.trim().split(/\s+/));
    },
    remove() {
      for (const name of names) ip('netns', 'delete', namespace(name));
      rmSync(folder, { recursive: true });
    },
  };
}
