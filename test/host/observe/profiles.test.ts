import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { profilesReader } from '../../../src/host/observe/profiles.ts';
import { emptyState } from '../../../src/host/state.ts';

const request = { source: 'profiles' } as const;

/** What the script prints for an active networkd with these files. */
function output(files: Readonly<Record<string, Buffer>>, sizes: (real: number) => number = (real) => real) {
  const stats = Object.entries(files).map(([path, { length }]) => `${sizes(length)} 640 0 101 ${path}\n`);
  const contents = Buffer.concat(Object.values(files)).toString('base64');
  const stdout = `\nbackend networkd\nactive yes\n\nbackend netplan\n\nfiles\n${stats.join('')}\ncontents\n${contents}\n`;
  return { stdout, stderr: '', status: 0 };
}

const network = (name: string, comment = Buffer.from('')): Buffer =>
  Buffer.concat([comment, Buffer.from(`[Match]\nName=${name}\n\n[Link]\nMTUBytes=9000\n`)]);

describe('stored definitions', () => {
  it('files are told apart by their sizes, whatever is in them', () => {
    const files = {
      '/etc/systemd/network/10-a.network': network('eth1', Buffer.from('# caf\xe9\n', 'latin1')),
      '/etc/systemd/network/20-b.network': network('eth2', Buffer.from('# files\n\ncontents\n# ü\n')),
    };
    const { stored } = profilesReader.parse(output(files), emptyState, request);
    expect(Object.keys(stored.backends)).toEqual(['networkd']);
    expect(stored.profiles.eth1).toMatchObject([{ backend: 'networkd', mtu: 9000, ours: false }]);
    expect(stored.profiles.eth2).toMatchObject([{ backend: 'networkd', mtu: 9000, ours: false }]);
    expect(stored.files['/etc/systemd/network/20-b.network']).toMatchObject({ mode: 0o640, uid: 0, gid: 101 });
  });

  it.each<[string, Parameters<typeof profilesReader.parse>[0], RegExp]>([
    ['a file that shrank', output({ '/etc/a': network('eth1') }, (real) => real + 1), /a changed while/],
    ['a failure', { stdout: '', stderr: 'cat: /etc/a: Input/output error', status: 1 }, /Input\/output error/],
    ['an end too early', { stdout: '\nbackend networkd\n', stderr: '', status: 0 }, /could not be read/],
  ])('%s is an error, never nothing', (_, read, message) => {
    expect(() => profilesReader.parse(read, emptyState, request)).toThrow(message);
  });

  it.each(['sh', 'bash'])('the script runs under %s wherever it is', (shell) => {
    const { stdout, stderr, status } = spawnSync(shell, ['-c', `LC_ALL=C\n${profilesReader.script(request)}`], {
      encoding: 'utf8',
    });
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    expect(() => profilesReader.parse({ stdout, stderr, status: status! }, emptyState, request)).not.toThrow();
  });
});
