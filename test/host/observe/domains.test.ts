import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { domainsReader } from '../../../src/host/observe/domains.ts';
import { emptyState } from '../../../src/host/state.ts';

const uri = 'test:///default';
const hasVirsh = spawnSync('virsh', ['--version']).status === 0;

/** What the reader finds on the connection of libvirt's test driver. */
function read(names?: readonly string[]) {
  const request = { source: 'domains', uri, ...(names && { names }) } as const;
  const { stdout, stderr, status } = spawnSync('sh', ['-c', domainsReader.script(request)], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  });
  const state = domainsReader.parse({ stdout, stderr, status: status ?? -1 }, emptyState, request);
  return state.libvirt[uri]!.domains;
}

describe.skipIf(!hasVirsh)('guests of a connection (needs virsh)', () => {
  it('are all read when no names are given, and the same as when they are', () => {
    const all = read();
    expect(Object.keys(all)).toEqual(['test']);
    expect(all.test).toMatchObject({ state: 'running', persistent: true });
    expect(read(['test'])).toEqual(all);
  });

  it('are no longer there when all are read and they are not among them', () => {
    const request = { source: 'domains', uri } as const;
    const { stdout, stderr, status } = spawnSync('sh', ['-c', domainsReader.script(request)], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C' },
    });
    const gone = { state: 'shut off', persistent: true, stored: [], live: [] } as const;
    const known = { version: '', networks: {}, domains: { gone } };
    const state = { ...emptyState, libvirt: { [uri]: known } };
    const after = domainsReader.parse({ stdout, stderr, status: status ?? -1 }, state, request);
    expect(Object.keys(after.libvirt[uri]!.domains)).toEqual(['test']);
  });

  it('are undefined where there is none of the name', () => {
    expect(read(['no-such'])).toEqual({ 'no-such': undefined });
  });
});
