import { generateKeyPairSync } from 'node:crypto';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTransport } from '../../../src/engine/transport/index.ts';
import { hashedName } from '../../../src/engine/transport/known-hosts.ts';
import { type Sshd, sshdMissing, startSshd } from './sshd.ts';

const missing = sshdMissing();

describe.skipIf(missing)(missing ? `dial: ${missing}` : 'the same host at another address', () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(() => sshd?.stop());

  /** A known_hosts of the test's own, with the host as 127.0.0.1. */
  const knownHosts = (name: string, more = ''): string => {
    const path = join(sshd.folder, name);
    writeFileSync(path, readFileSync(join(sshd.folder, 'known_hosts'), 'utf8') + more);
    return path;
  };

  test('is known by its key, not by its name', async () => {
    const transport = createTransport(sshd.options());
    const first = await transport.connect();
    const second = await transport.connect({ address: 'localhost', hostKey: first.hostKey });
    expect(second.hostKey).toEqual(first.hostKey);
    expect((await second.shell()).info.user).toBe('root');
    first.close();
    second.close();
    // Without the key it would have to be in known_hosts
    await expect(transport.connect({ address: 'localhost' })).rejects.toMatchObject({ code: 'HOST_KEY' });
  });

  test.each(['strict', 'off'] as const)(
    'with host key checking %s, another key is another host',
    async (hostKeyChecking) => {
      const transport = createTransport(sshd.options({ hostKeyChecking }));
      const first = await transport.connect();
      first.close();
      const other = Buffer.from(first.hostKey!);
      other[other.length - 1]! ^= 1;
      await expect(transport.connect({ hostKey: other })).rejects.toMatchObject({
        code: 'HOST_KEY',
        message: expect.stringMatching(/not SHA256:\S+ as before: another host$/),
      });
    },
  );

  const learnt = async (file: string, changes: object = {}) => {
    const transport = createTransport(sshd.options({ knownHostsFiles: [file], ...changes }));
    const first = await transport.connect();
    const second = await transport.connect({ address: 'localhost', hostKey: first.hostKey });
    second.learn?.();
    second.learn?.();
    first.close();
    second.close();
    return readFileSync(file, 'utf8').trimEnd().split('\n');
  };
  const byName = (file: string) =>
    createTransport(sshd.options({ knownHostsFiles: [file], host: 'localhost' })).connect();

  test('is written down once', async () => {
    const file = knownHosts('plain');
    const lines = await learnt(file);
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatch(new RegExp(`^\\[localhost\\]:${sshd.port} ssh-ed25519 `));
    (await byName(file)).close();
  });

  test('is written down hashed where others are', async () => {
    const file = knownHosts('hashed');
    appendFileSync(file, `${hashedName('other')} ${readFileSync(join(sshd.folder, 'id.pub'), 'utf8')}`);
    const lines = await learnt(file);
    expect(lines).toHaveLength(3);
    expect(lines[2]).toMatch(/^\|1\|\S+\|\S+ ssh-ed25519 /);
    (await byName(file)).close();
  });

  test('is not written down where keys are not checked', async () => {
    const file = knownHosts('off');
    expect(await learnt(file, { hostKeyChecking: 'off' })).toHaveLength(1);
  });
});

describe('a login that asks', () => {
  /** Asks one thing and takes any answer. */
  const askingServer = async (prompt: string) => {
    const { privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
      publicKeyEncoding: { type: 'pkcs1', format: 'pem' },
    });
    const server = new ssh2.Server({ hostKeys: [privateKey] }, (client) => {
      client.on('error', () => {});
      client.on('authentication', (context) => {
        if (context.method !== 'keyboard-interactive') return context.reject(['keyboard-interactive']);
        context.prompt([{ prompt, echo: false }], () => context.accept());
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { server, port: (server.address() as AddressInfo).port };
  };

  test.each([
    ['Password: ', undefined],
    ["root@h1's password: ", undefined],
    ['Verification code: ', 'Verification code:'],
    ["One-time password (OATH) for `root': ", "One-time password (OATH) for `root':"],
  ])('%s', async (prompt, asked) => {
    const { server, port } = await askingServer(prompt);
    const transport = createTransport({
      kind: 'ssh',
      host: '127.0.0.1',
      port,
      user: 'root',
      password: 'secret',
      hostKeyChecking: 'off',
      sshConfigFile: 'none',
      home: '/nonexistent',
      localUser: 'nobody',
    });
    const connection = await transport.connect();
    expect(connection.asked).toBe(asked);
    connection.close();
    server.close();
  });
});
