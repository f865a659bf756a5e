/** A real libvirtd of its own for tests: own network, mounts, processes and configuration; nothing of it is left behind. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { once } from 'node:events';

/** Why no libvirtd can be started here, for `it.skipIf`; undefined when it can. */
export const libvirtdMissing = ((): string | undefined => {
  if (process.getuid?.() !== 0) return 'needs root';
  const tools = [
    'setpriv',
    'unshare',
    'nsenter',
    'virsh',
    '/usr/sbin/libvirtd',
    '/usr/sbin/dnsmasq',
    'iptables',
    'ip',
  ];
  const absent = tools.filter((tool) => spawnSync('sh', ['-c', 'command -v "$1"', 'sh', tool]).status !== 0);
  return absent.length === 0
    ? undefined
    : `needs ${absent.join(', ')}: apt-get install libvirt-daemon-system libvirt-clients libvirt-daemon-driver-qemu qemu-system-x86 dnsmasq-base iptables`;
})();

/** A host with libvirtd on it. */
export interface LibvirtHost {
  /** Runs a shell on it, for a connection of kind `command` */
  readonly argv: readonly string[];
  /** Runs POSIX sh on it, as root, with LC_ALL=C */
  exec(script: string): Promise<{ stdout: string; stderr: string; status: number }>;
  /** Ends all its processes and waits for them */
  stop(): Promise<void>;
}

// The first process of a pid namespace: when it ends, the kernel ends all others in it
const init = `
set -e
mount --make-rprivate /
mount -t tmpfs tmpfs /mnt
cp -a /etc/libvirt /mnt/etc
rm -rf /mnt/etc/qemu/networks /mnt/etc/qemu/*.xml
# Guests without virtlogd, cgroups and a user of their own; probing QEMU as another user takes 40 s here
printf '%s\\n' 'stdio_handler = "file"' 'cgroup_controllers = []' 'namespaces = []' 'security_driver = "none"' 'user = "root"' 'group = "root"' >/mnt/etc/qemu.conf
for folder in /var/lib/libvirt /var/log/libvirt /var/cache/libvirt /run; do mount -t tmpfs tmpfs $folder; done
mount --bind /mnt/etc /etc/libvirt
mount -t sysfs sysfs /sys
ip link set lo up
/usr/sbin/libvirtd >/mnt/log 2>&1 &
while ! virsh -q -c qemu:///system version >/dev/null 2>&1; do kill -0 $! || { cat /mnt/log; exit 1; }; sleep 0.05; done
echo ready
wait
`;

export async function startLibvirtd(): Promise<LibvirtHost> {
  const namespaces = ['--mount', '--net', '--pid', '--fork', '--mount-proc', '--kill-child'];
  // It dies with whoever started it, however that dies
  const unshare = ['--pdeathsig', 'KILL', 'unshare', ...namespaces, 'sh', '-c', init];
  const process = spawn('setpriv', unshare, {
    env: { PATH: globalThis.process.env.PATH, LC_ALL: 'C' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  await ready(process);
  const inner = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8').trim();
  const shell = ['-t', inner, '--mount', '--net', '--pid', 'sh'];
  return {
    argv: ['nsenter', ...shell],
    exec: (script) => run(shell, script),
    async stop() {
      if (process.exitCode !== null || process.signalCode !== null) return;
      const ended = once(process, 'exit');
      process.kill('SIGKILL');
      await ended;
    },
  };
}

async function ready(process: ChildProcess): Promise<void> {
  let output = '';
  await new Promise<void>((resolve, reject) => {
    const hear = (text: unknown) => {
      output += String(text);
      if (output.includes('ready\n')) resolve();
    };
    process.stdout?.on('data', hear);
    process.stderr?.on('data', hear);
    process.once('exit', () => reject(new Error(`libvirtd did not start:\n${output}`)));
  });
}

async function run(nsenter: string[], script: string) {
  const process = spawn('nsenter', nsenter, { env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' } });
  let stdout = '';
  let stderr = '';
  process.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  process.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  process.stdin.end(script);
  const [status] = (await once(process, 'close')) as [number | null];
  return { stdout, stderr, status: status ?? -1 };
}
