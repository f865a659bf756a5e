import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SshOptions } from '../../../src/engine/transport/options.ts';
import { resolveTarget } from '../../../src/engine/transport/ssh-target.ts';

const home = mkdtempSync(join(tmpdir(), 'ssh-target.'));
const config = join(home, '.ssh/config');
afterAll(() => rmSync(home, { recursive: true }));

const options = (changes: Partial<SshOptions> = {}): SshOptions => ({
  kind: 'ssh',
  host: 'h1',
  home,
  localUser: userInfo().username,
  sshConfigFile: config,
  ...changes,
});

const CONFIG = `
# comments, = and quotes
Include conf.d/*.conf
Host plain
  HostName 10.0.0.1
  Port=2222
  user "root"
Host *.example !secret.example
  ProxyJump jump@bastion:2200,second
  IdentityFile ~/.ssh/%h-%r
  IdentityFile ~/.ssh/fleet
  IdentitiesOnly yes
Host secret.example
  ProxyCommand nc -x proxy %h %p %r at %n is 100%%
  HostKeyAlias the-secret
  StrictHostKeyChecking no
Host alias
  HostName %h.real.example
  ProxyJump none
  StrictHostKeyChecking accept-new
  UserKnownHostsFile ~/.ssh/known_%h /tmp/second
Match host 10.0.0.1
  HostKeyAlias matched
Match user deploy
  IdentityAgent ~/agent.sock
Host both
  User first
Host b*
  User second
  ProxyCommand ignored
Host *
  User fallback
  Port 22022
`;

beforeAll(() => {
  mkdirSync(join(home, '.ssh/conf.d'), { recursive: true });
  writeFileSync(config, CONFIG);
  writeFileSync(join(home, '.ssh/conf.d/a.conf'), 'Host included\n  HostName 10.9.9.9\n');
  writeFileSync(join(home, '.ssh/conf.d/b.conf'), 'Host included\n  HostName 10.8.8.8\n  Port 9\n');
  writeFileSync(join(home, '.ssh/conf.d/c.other'), 'Host *\n  Port 1\n');
});

/** What OpenSSH makes of the same file: key to values. Its home directory is that of the user, so `~` is put right. */
function opensshSays(host: string): Record<string, string[]> {
  const included = join(home, 'for-openssh');
  writeFileSync(included, CONFIG.replace('Include conf.d', `Include ${home}/.ssh/conf.d`));
  const text = execFileSync('ssh', ['-G', '-F', included, host], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const values: Record<string, string[]> = {};
  for (const line of text
    .replaceAll(`${userInfo().homedir}/`, `${home}/`)
    .replaceAll('~/', `${home}/`)
    .split('\n')) {
    const space = line.indexOf(' ');
    values[line.slice(0, space)] = [...(values[line.slice(0, space)] ?? []), line.slice(space + 1)];
  }
  return values;
}

describe.skipIf(!existsSync('/usr/bin/ssh'))('as OpenSSH reads ~/.ssh/config', () => {
  test.each(['plain', 'web.example', 'secret.example', 'alias', 'both', 'bother', 'included', 'unknown'])(
    '%s',
    async (host) => {
      const says = opensshSays(host);
      const target = await resolveTarget(options({ host }));
      const { hostname, port, user } = target;
      expect({ hostname, port: String(port), user }).toEqual({
        hostname: says.hostname?.[0],
        port: says.port?.[0],
        user: says.user?.[0],
      });
      expect(target.jump).toBe(says.proxyjump?.[0]);
      expect(target.keyName).toBe(says.hostkeyalias?.[0] ?? hostname);
      const words: Record<string, string> = {
        false: 'off',
        'accept-new': 'accept-new',
        ask: 'strict',
        true: 'strict',
      };
      expect(target.checking).toBe(words[says.stricthostkeychecking?.[0] ?? '']);
      expect(target.identitiesOnly).toBe(says.identitiesonly?.[0] === 'yes');
      const filled = (file: string) => file.replaceAll('%h', hostname).replaceAll('%r', user);
      if (target.identitiesGiven) expect(target.identityFiles).toEqual(says.identityfile?.map(filled));
    },
  );
});

describe('the rest', () => {
  test('tokens of a ProxyCommand are filled in', async () => {
    const { proxyCommand, jump } = await resolveTarget(options({ host: 'secret.example' }));
    expect(jump).toBeUndefined();
    expect(proxyCommand).toBe('nc -x proxy secret.example 22022 fallback at secret.example is 100%');
  });

  test('a jump host wins over a ProxyCommand beside it; what the inventory says wins over the file', async () => {
    const jump = await resolveTarget(options({ host: 'both', jump: 'j', proxyCommand: 'c' }));
    expect(jump).toMatchObject({ jump: 'j', proxyCommand: undefined });
    const command = await resolveTarget(options({ host: 'web.example', proxyCommand: 'c' }));
    expect(command).toMatchObject({ jump: undefined, proxyCommand: 'c' });
    const none = await resolveTarget(options({ host: 'web.example', jump: 'none' }));
    expect(none).toMatchObject({ jump: undefined, proxyCommand: undefined });
  });

  test('options come before the file', async () => {
    const given = { host: 'plain', port: 5, user: 'u', privateKeyFile: '/k', knownHostsFiles: ['/kh'] };
    expect(await resolveTarget(options({ ...given, hostKeyChecking: 'off' }))).toMatchObject({
      hostname: '10.0.0.1',
      port: 5,
      user: 'u',
      identityFiles: ['/k'],
      knownHostsFiles: ['/kh'],
      checking: 'off',
    });
  });

  test('known_hosts files: those of the file, in order, with tokens', async () => {
    const { knownHostsFiles } = await resolveTarget(options({ host: 'alias' }));
    expect(knownHostsFiles).toEqual([`${home}/.ssh/known_alias.real.example`, '/tmp/second']);
  });

  test("without any file: OpenSSH's defaults", async () => {
    expect(await resolveTarget(options({ sshConfigFile: 'none', agentSocket: '/a' }))).toEqual({
      hostname: 'h1',
      port: 22,
      user: userInfo().username,
      identityFiles: ['id_ed25519', 'id_ecdsa', 'id_rsa'].map((name) => `${home}/.ssh/${name}`),
      identitiesGiven: false,
      identitiesOnly: false,
      agentSocket: '/a',
      keyName: 'h1',
      knownHostsFiles: [`${home}/.ssh/known_hosts`, '/etc/ssh/ssh_known_hosts'],
      checking: 'strict',
      jump: undefined,
      proxyCommand: undefined,
    });
  });

  test('a token that is not known, a file that cannot be read', async () => {
    const bad = join(home, 'bad');
    writeFileSync(bad, 'HostName %z\n');
    await expect(resolveTarget(options({ sshConfigFile: bad }))).rejects.toThrow('%z is not known here');
    await expect(resolveTarget(options({ sshConfigFile: home }))).rejects.toMatchObject({
      code: 'FILE_READ',
    });
    writeFileSync(bad, `Include ${bad}\n`);
    await expect(resolveTarget(options({ sshConfigFile: bad }))).rejects.toThrow('Include goes too deep');
  });
});
