import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SshOptions } from '../../../src/engine/transport/options.ts';

/** Why no sshd can be started here; undefined when one can. */
export function sshdMissing(): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root';
  if (!existsSync('/usr/sbin/sshd')) return 'needs openssh-server';
  if (!existsSync('/usr/bin/sudo')) return 'needs sudo';
  try {
    execFileSync('unshare', ['-m', 'true']);
  } catch {
    return 'needs to make mount namespaces';
  }
  return undefined;
}

export const PASSWORD = 'correct horse';

/** A real sshd on the loopback, with users, keys and sudoers of its own in a mount namespace. */
export interface Sshd {
  readonly folder: string;
  readonly port: number;
  readonly pid: number;
  readonly log: () => string;
  /** Root with a key, strict, with the host's key in known_hosts */
  options(changes?: Partial<SshOptions>): SshOptions;
  stop(): void;
}

const UID = 20_001;

/** @param config lines of sshd_config that come first, so win */
export async function startSshd(config: readonly string[] = [], sudoers = 'ALL=(ALL) ALL'): Promise<Sshd> {
  const folder = mkdtempSync(join(tmpdir(), 'transport-sshd.'));
  chmodSync(folder, 0o755);
  const file = (name: string) => join(folder, name);
  const port = await freePort();
  for (const [name, type] of [
    ['host_ed25519', 'ed25519'],
    ['host_ecdsa', 'ecdsa'],
    ['id', 'ed25519'],
  ] as const) {
    execFileSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-C', '', '-f', file(name)]);
  }
  writeFileSync(file('authorized_keys'), readFileSync(file('id.pub')));
  writeFileSync(file('known_hosts'), `[127.0.0.1]:${port} ${readFileSync(file('host_ed25519.pub'), 'utf8')}`);
  mkdirSync(file('home'));
  mkdirSync(file('alice'));
  chownSync(file('alice'), UID, UID);
  writeUsers(file);
  writeFileSync(file('sudoers'), `Defaults !lecture\nroot ALL=(ALL) NOPASSWD: ALL\nalice ${sudoers}\n`, {
    mode: 0o440,
  });
  writeFileSync(file('doas.conf'), 'permit nopass alice as closed\npermit alice as root\n', { mode: 0o600 });
  writeFileSync(
    file('sshd_config'),
    [
      ...config,
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${file('host_ed25519')}`,
      `HostKey ${file('host_ecdsa')}`,
      `AuthorizedKeysFile ${file('authorized_keys')}`,
      `PidFile ${file('pid')}`,
      'PermitRootLogin yes',
      'StrictModes no',
      'UsePAM no',
      'MaxStartups 200',
      'LogLevel VERBOSE',
    ].join('\n'),
  );
  const child = runSshd(folder);
  let log = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  await waitForPort(port, () => log);
  return {
    folder,
    port,
    pid: child.pid!,
    log: () => log,
    options: (changes = {}) => ({
      kind: 'ssh',
      host: '127.0.0.1',
      port,
      user: 'root',
      privateKeyFile: file('id'),
      knownHostsFiles: [file('known_hosts')],
      sshConfigFile: 'none',
      home: file('home'),
      localUser: 'nobody',
      ...changes,
    }),
    stop() {
      child.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** In a mount namespace of its own, so that the machine's users and sudoers stay as they are. */
function runSshd(folder: string): ChildProcess {
  const script = `
    cd "$1" || exit
    mount -t tmpfs none /run && mkdir -p /run/sshd /run/upper /run/work || exit
    cp -p passwd group shadow sudoers doas.conf /run/upper || exit
    mount -t overlay overlay -o lowerdir=/etc,upperdir=/run/upper,workdir=/run/work /etc || exit
    exec /usr/sbin/sshd -D -e -f sshd_config`;
  return spawn('unshare', ['-m', 'sh', '-c', script, 'sh', folder], { stdio: ['ignore', 'ignore', 'pipe'] });
}

function writeUsers(file: (name: string) => string): void {
  const hash = execFileSync('openssl', ['passwd', '-6', PASSWORD], { encoding: 'utf8' }).trim();
  const users = [
    ['root', 0, '/root', '/bin/sh', hash],
    ['nobody', 65_534, '/nonexistent', '/usr/sbin/nologin', '*'],
    ['sshd', 20_000, '/run/sshd', '/usr/sbin/nologin', '*'],
    ['alice', UID, file('alice'), '/bin/sh', hash],
    ['closed', 20_002, file('alice'), '/usr/sbin/nologin', hash],
  ] as const;
  const lines = (line: (user: (typeof users)[number]) => string) => `${users.map(line).join('\n')}\n`;
  writeFileSync(
    file('passwd'),
    lines(([name, id, home, shell]) => `${name}:x:${id}:${id}::${home}:${shell}`),
  );
  writeFileSync(
    file('group'),
    lines(([name, id]) => `${name}:x:${id}:`),
  );
  writeFileSync(
    file('shadow'),
    lines(([name, , , , secret]) => `${name}:${secret}:19000:0:99999:7:::`),
    { mode: 0o640 },
  );
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

async function waitForPort(port: number, log: () => string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => resolve(false));
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`sshd did not start: ${log()}`);
}
