import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, symlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type HostKeyPolicy, judgeHostKey, keyAlgorithms } from '../../../src/engine/transport/host-key.ts';
import { findKnownHosts, knownHostName, parseKnownHosts } from '../../../src/engine/transport/known-hosts.ts';

const folder = mkdtempSync(join(tmpdir(), 'known-hosts-test.'));
afterAll(() => rmSync(folder, { recursive: true }));

function makeKey(name: string, type: string): { type: string; base64: string; blob: Buffer } {
  execFileSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-f', join(folder, name)]);
  const [word = '', base64 = ''] = readFileSync(join(folder, `${name}.pub`), 'utf8').split(' ');
  return { type: word, base64, blob: Buffer.from(base64, 'base64') };
}
const a = makeKey('a', 'ed25519');
const b = makeKey('b', 'ed25519');
const rsa = makeKey('rsa', 'rsa');
const keys: Record<string, typeof a> = { A: a, B: b, R: rsa };
const lines = (text: string) =>
  text.replace(/\b[ABR]\b/g, (name) => `${keys[name]!.type} ${keys[name]!.base64}`);

describe('which lines speak of a host', () => {
  test.each([
    ['h1 A', 'h1', 22, 1],
    ['h1 A', 'H1', 22, 1],
    ['h1 A', 'h1.example', 22, 0],
    ['h1,10.0.0.1 A comment', '10.0.0.1', 22, 1],
    ['h1 A', 'h1', 2222, 0],
    ['[h1]:2222 A', 'h1', 2222, 1],
    ['[h1]:2222 A', 'h1', 22, 0],
    ['*.example A', 'h1.example', 22, 1],
    ['h? A', 'h1', 22, 1],
    ['h? A', 'h12', 22, 0],
    ['*.example,!h1.example A', 'h1.example', 22, 0],
    ['!h1.example,*.example A', 'h2.example', 22, 1],
    ['h.1 A', 'hx1', 22, 0],
    ['# h1 A', 'h1', 22, 0],
    ['h1', 'h1', 22, 0],
    ['h1 ssh-rsa AAAA', 'h1', 22, 0],
    ['@strange h1 A', 'h1', 22, 0],
    ['@revoked h1 A', 'h1', 22, 1],
    ['fe80::1 A', 'fe80::1', 22, 1],
  ])('%s for %s port %i: %i', (text, host, port, count) => {
    expect(findKnownHosts(parseKnownHosts(lines(text), 'f'), knownHostName(host, port))).toHaveLength(count);
  });

  test('hashed by ssh-keygen', () => {
    const file = join(folder, 'hashed');
    writeFileSync(file, lines('h1 A\n[h2]:2222 B\n'));
    execFileSync('ssh-keygen', ['-H', '-f', file], { stdio: 'ignore' });
    const text = readFileSync(file, 'utf8');
    // The first field is hashed, all of it: a random hash may have any two letters in it.
    expect(text.trim().split('\n')).toEqual([
      expect.stringMatching(/^\|1\|\S{28}\|\S{28} /),
      expect.stringMatching(/^\|1\|\S{28}\|\S{28} /),
    ]);
    const hosts = parseKnownHosts(text, file);
    expect(findKnownHosts(hosts, 'h1').map(({ key }) => key)).toEqual([a.blob]);
    expect(findKnownHosts(hosts, '[h2]:2222').map(({ line }) => line)).toEqual([2]);
    expect(findKnownHosts(hosts, 'h2')).toEqual([]);
  });
});

describe('the verdict on a key', () => {
  let counter = 0;
  const policy = (text: string, changes: Partial<HostKeyPolicy> = {}): HostKeyPolicy => {
    const file = join(folder, `known${++counter}`);
    writeFileSync(file, lines(text));
    return { host: 'h1', port: 22, checking: 'strict', files: [file], description: 'ssh h1', ...changes };
  };
  const verdict = (text: string, changes: Partial<HostKeyPolicy> = {}) =>
    judgeHostKey(policy(text, changes), a.blob)?.message;

  test.each([
    ['h1 A', 'strict', undefined],
    ['h1 B\nh1 A', 'strict', undefined],
    ['h2 A', 'strict', /is not known/],
    ['', 'strict', /is not known/],
    ['h1 B', 'strict', /but .*:1 has ssh-ed25519 SHA256:/],
    ['h1 B', 'accept-new', /but .*:1 has/],
    ['h1 R', 'accept-new', /but .*:1 has ssh-rsa/],
    ['h1 B', 'off', undefined],
    ['h1 A\n@revoked * A', 'strict', /is revoked \(.*:2\)/],
    ['h1 A\n@revoked * A', 'accept-new', /is revoked/],
    ['@revoked * B\nh1 A', 'strict', undefined],
    ['@cert-authority *.x,h1 A', 'strict', /certificates cannot be verified/],
    ['@cert-authority h1 B', 'accept-new', /certificates cannot be verified/],
    ['@cert-authority h1 B\nh1 A', 'strict', undefined],
  ] as const)('%j, %s: %s', (text, checking, expected) => {
    const message = verdict(text, { checking });
    if (expected === undefined) expect(message).toBeUndefined();
    else expect(message).toMatch(expected);
  });

  test('another port falls back to the plain name only where it has no line of its own', () => {
    expect(verdict('h1 A', { port: 2222 })).toBeUndefined();
    expect(verdict('h1 A\n[h1]:2222 B', { port: 2222 })).toMatch(/but/);
  });

  test('accept-new writes the key down, once, on a line of its own', () => {
    const accepting = policy('h2 B', { checking: 'accept-new', port: 2222 });
    expect(judgeHostKey(accepting, a.blob)).toBeUndefined();
    expect(judgeHostKey(accepting, a.blob)).toBeUndefined();
    expect(readFileSync(accepting.files[0]!, 'utf8')).toBe(lines('h2 B\n[h1]:2222 A\n'));
    expect(judgeHostKey({ ...accepting, checking: 'strict' }, a.blob)).toBeUndefined();
    expect(judgeHostKey(accepting, b.blob)?.code).toBe('HOST_KEY');
  });

  test('accept-new makes the file and its folder', () => {
    const file = join(folder, 'new', '.ssh', 'known_hosts');
    const accepting = policy('', { checking: 'accept-new', files: [file] });
    expect(judgeHostKey(accepting, a.blob)).toBeUndefined();
    expect(readFileSync(file, 'utf8')).toBe(lines('h1 A\n'));
  });

  test('accept-new refuses a key that it cannot write down', () => {
    const file = join(folder, 'file', 'known_hosts');
    writeFileSync(join(folder, 'file'), '');
    const refused = judgeHostKey(policy('', { checking: 'accept-new', files: [file] }), a.blob);
    expect(refused?.code).toBe('HOST_KEY');
    expect(refused?.message).toMatch(
      /^ssh h1: its host key ssh-ed25519 SHA256:\S+ is new, and cannot be written down: /,
    );
  });

  test('a file that is there and cannot be read is an error with a code', () => {
    const file = join(folder, 'loop');
    symlinkSync(file, file);
    expect(() => verdict('', { files: [file] })).toThrow(/^known_hosts cannot be read: ELOOP/);
  });

  test('hints name the file', () => {
    const [file = ''] = policy('h1 B', { port: 2222 }).files;
    const hint = (changes: Partial<HostKeyPolicy>) =>
      judgeHostKey(
        { host: 'h1', port: 2222, checking: 'strict', files: [file], description: '', ...changes },
        a.blob,
      )?.hint;
    expect(hint({})).toBe(`if the host was installed anew, remove the old key: ssh-keygen -f ${file} -R h1`);
    expect(hint({ host: 'h2' })).toContain(`ssh-keyscan -p 2222 h2 >> ${file}, or`);
  });

  test('the known key type is asked for first, SHA-1 never', () => {
    expect(keyAlgorithms(policy('h1 R')).slice(0, 2)).toEqual(['rsa-sha2-512', 'rsa-sha2-256']);
    expect(keyAlgorithms(policy('h2 R'))[0]).toBe('ssh-ed25519');
    expect(keyAlgorithms(policy('h1 R'))).not.toContain('ssh-rsa');
  });
});
