import { describe, expect, test } from 'vitest';
import { EngineError } from '../../../src/engine/errors.ts';
import { connectionOptions, createTransport, machineKey } from '../../../src/engine/transport/index.ts';

const environment = { home: '/home/me', user: 'me', sshAuthSock: '/run/agent', cwd: '/work' };
const options = (variables: Record<string, unknown>) =>
  connectionOptions({ ansible_host: 'h1', ...variables }, environment);

/** Only what is set. */
const set = (variables: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(options(variables)).filter(([, value]) => value !== undefined));

const basis = { kind: 'ssh', host: 'h1', agentSocket: '/run/agent', home: '/home/me', localUser: 'me' };

describe('variables', () => {
  test.each<[Record<string, unknown>, Record<string, unknown>]>([
    [{}, {}],
    [{ ansible_connection: 'ansible.builtin.ssh' }, {}],
    [{ ansible_ssh_host: 'h2' }, { host: 'h2' }],
    [{ ansible_port: '2222' }, { port: 2222 }],
    [{ ansible_user: 'root', ansible_ssh_user: 'other' }, { user: 'root' }],
    [{ ansible_password: 'a' }, { password: 'a' }],
    [{ ansible_ssh_pass: 12345 }, { password: '12345' }],
    [{ ansible_ssh_private_key_file: '~/k' }, { privateKeyFile: '/home/me/k' }],
    [{ ansible_private_key_file: 'keys/k' }, { privateKeyFile: '/work/keys/k' }],
    [{ ansible_ssh_known_hosts_file: ['a', '/b'] }, { knownHostsFiles: ['/work/a', '/b'] }],
    [{ ansible_host_key_checking: false }, { hostKeyChecking: 'off' }],
    [
      { ansible_host_key_checking: 'False', ansible_ssh_host_key_checking: 'accept-new' },
      { hostKeyChecking: 'accept-new' },
    ],
    [{ ansible_timeout: 5 }, { timeouts: { connect: 5000, handshake: 5000 } }],
    [{ ansible_ssh_common_args: '-J root@j1,j2:2222' }, { jump: 'root@j1,j2:2222' }],
    [{ ansible_ssh_common_args: '-o ProxyJump=j1 -oUser=u -p 23' }, { jump: 'j1', user: 'u', port: 23 }],
    [
      { ansible_ssh_common_args: `-o ProxyCommand="ssh -W %h:%p 'q j'"` },
      { proxyCommand: "ssh -W %h:%p 'q j'" },
    ],
    [
      { ansible_ssh_extra_args: '-o "StrictHostKeyChecking no" -o UserKnownHostsFile=/dev/null' },
      { hostKeyChecking: 'off', knownHostsFiles: ['/dev/null'] },
    ],
    [
      { ansible_ssh_extra_args: '-i ~/k -F ./cfg -o IdentitiesOnly=yes' },
      { privateKeyFile: '/home/me/k', sshConfigFile: '/work/cfg', identitiesOnly: true },
    ],
    [{ ansible_ssh_args: '-C -o ControlMaster=auto -o ControlPersist=60s -vvv' }, {}],
    [
      { ansible_ssh_args: '-p 1', ansible_ssh_common_args: '-p 2', ansible_ssh_extra_args: '-p 3' },
      { port: 1 },
    ],
    [{ ansible_ssh_common_args: '-p 1 -p 2' }, { port: 1 }],
    [{ ansible_port: 5, ansible_ssh_common_args: '-p 2' }, { port: 5 }],
    [{ ansible_ssh_common_args: '-o ConnectTimeout=3' }, { timeouts: { connect: 3000, handshake: 3000 } }],
  ])('%j', (variables, expected) => {
    expect(set(variables)).toEqual({ ...basis, ...expected });
  });

  test('local and command', () => {
    expect(options({ ansible_connection: 'local' })).toEqual({ kind: 'local' });
    const argv = ['ip', 'netns', 'exec', 'h1', 'sh'];
    expect(options({ ansible_connection: 'command', ansible_command_argv: argv })).toEqual({
      kind: 'command',
      argv,
    });
  });

  test.each<[Record<string, unknown>, string]>([
    [{ ansible_connection: 'winrm' }, 'PARAM_ENUM ansible_connection: "winrm" is not ssh, local or command'],
    [
      { ansible_connection: 'command' },
      'PARAM_MISSING ansible_connection: command needs ansible_command_argv, a list of words',
    ],
    [
      { ansible_connection: 'command', ansible_command_argv: [1] },
      'PARAM_TYPE ansible_command_argv is not a list of strings',
    ],
    [{ ansible_host: null }, 'PARAM_MISSING ansible_host is not set'],
    [{ ansible_user: ['a'] }, 'PARAM_TYPE ansible_user is not a string'],
    [{ ansible_port: 70_000 }, 'PARAM_RANGE ansible_port: 70000 is not a number that can be used'],
    [{ ansible_port: 'ssh' }, 'PARAM_RANGE ansible_port: ssh is not a number that can be used'],
    [
      { ansible_host_key_checking: 'maybe' },
      'PARAM_ENUM ansible_host_key_checking: "maybe" is not true, false or accept-new',
    ],
    [{ ansible_ssh_common_args: '-L 1:h:2' }, 'PARAM_UNKNOWN ansible_ssh_common_args: "-L" is not supported'],
    [
      { ansible_ssh_common_args: '-o ForwardAgent=yes' },
      'PARAM_UNKNOWN ansible_ssh_common_args: "-o ForwardAgent=yes" is not supported',
    ],
    [{ ansible_ssh_extra_args: 'stray' }, 'PARAM_UNKNOWN ansible_ssh_extra_args: "stray" is not supported'],
    [{ ansible_ssh_args: '-J' }, 'PARAM_FORMAT ansible_ssh_args: -J needs a value'],
    [{ ansible_ssh_args: `-J 'x` }, 'PARAM_FORMAT ansible_ssh_args: a quote is not closed'],
    [{ ansible_ssh_args: '-p ssh' }, 'PARAM_FORMAT ansible_ssh_args: "ssh" is not a number'],
  ])('%j is refused', (variables, expected) => {
    let message = 'nothing thrown';
    try {
      options(variables);
    } catch (error) {
      if (error instanceof EngineError) message = `${error.code} ${error.message}`;
    }
    expect(message).toBe(expected);
  });
});

describe('a machine', () => {
  const key = (variables: Record<string, unknown>) => machineKey(options(variables));

  test.each<[Record<string, unknown>, Record<string, unknown>, boolean]>([
    [{}, { ansible_port: 22, ansible_user: 'me' }, true],
    [{}, { ansible_host: 'H1' }, true],
    [{}, { ansible_password: 'other way in' }, true],
    [{}, { ansible_user: 'root' }, false],
    [{}, { ansible_port: 2222 }, false],
    [{}, { ansible_connection: 'local' }, false],
    [
      { ansible_connection: 'command', ansible_command_argv: ['a b'] },
      { ansible_connection: 'command', ansible_command_argv: ['a', 'b'] },
      false,
    ],
  ])('%j and %j: %s', (first, second, same) => {
    expect(key(first) === key(second)).toBe(same);
  });

  test('options are plain data', () => {
    const plain = options({ ansible_port: 22, ansible_timeout: 3 });
    expect(structuredClone(plain)).toEqual(plain);
  });

  test('descriptions', () => {
    const describeHost = (variables: Record<string, unknown>) =>
      createTransport(options(variables)).description;
    expect(describeHost({ ansible_user: 'root', ansible_port: 22 })).toBe('ssh root@h1:22');
    expect(describeHost({ ansible_host: 'fe80::1', ansible_port: 22 })).toBe('ssh [fe80::1]:22');
    expect(describeHost({ ansible_connection: 'local' })).toBe('local');
    const argv = ['ip', 'netns', 'exec', 'h1', 'sh'];
    expect(describeHost({ ansible_connection: 'command', ansible_command_argv: argv })).toBe(
      'command ip netns exec h1 sh',
    );
  });
});
