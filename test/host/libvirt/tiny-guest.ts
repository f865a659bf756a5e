/**
 * A guest system so small that TCG boots it in seconds: Debian's cloud kernel, which has hot-unplug built in, and busybox
 * as its only program. The kernel is the one of WIREBOOK_GUEST_KERNEL, else the one that `npm test` has fetched, else an
 * installed one.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const busybox = '/bin/busybox';

function findKernel(): string | undefined {
  const named = process.env.WIREBOOK_GUEST_KERNEL;
  if (named !== undefined) return existsSync(named) ? named : undefined;
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const fetched = join(cache, 'wirebook/vmlinuz-cloud-amd64');
  if (existsSync(fetched)) return fetched;
  const boot = existsSync('/boot') ? readdirSync('/boot') : [];
  const name = boot
    .filter((file) => /^vmlinuz-.*-cloud-amd64$/.test(file))
    .sort()
    .at(-1);
  return name === undefined ? undefined : join('/boot', name);
}

const kernel = findKernel();

/** Why there is no such system here; undefined when there is. */
export const tinyGuestMissing: string | undefined =
  kernel === undefined
    ? 'needs a kernel with hot-unplug: apt-get install linux-image-cloud-amd64, or WIREBOOK_GUEST_KERNEL=FILE'
    : existsSync(busybox)
      ? undefined
      : 'needs busybox: apt-get install busybox-static';

const modules = kernel === undefined ? '' : join(kernel, '../virtio-cloud-amd64');

/** Why such a system has no guest agent; undefined when it has one. */
export const tinyAgentMissing: string | undefined =
  tinyGuestMissing ?? (existsSync(modules) ? undefined : 'needs the virtio modules that npm test fetches');

const init = `#!/busybox sh
/busybox mkdir -p /proc /sys /dev
/busybox mount -t proc proc /proc
/busybox mount -t sysfs sys /sys
/busybox mount -t devtmpfs dev /dev
for module in virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci virtio_console; do
  [ ! -f /modules/$module.ko ] || /busybox insmod /modules/$module.ko 2>&1
done
echo GUEST
for port in /sys/class/virtio-ports/*; do
  [ ! -e "$port" ] || /agent "/dev/\${port##*/}" &
done
while :; do /busybox sleep 3600; done
`;

/** As much of a guest agent as libvirt asks for addresses. */
const agent = `#!/busybox sh
exec 3<>"$1"
while :; do
  # It ends where libvirt is not connected yet
  while IFS= read -r line <&3; do
    case $line in
    *guest-sync*)
      id=\${line##*:}
      echo "{\\"return\\": \${id%%[!0-9 ]*}}" >&3
      ;;
    *guest-network-get-interfaces*) /busybox cat /addresses >&3 ;;
    *) echo '{"error": {"class": "CommandNotFound", "desc": "no such command"}}' >&3 ;;
    esac
  done
  /busybox usleep 200000
done
`;

/** Elements of the guest's `<os>`, for a host that sees this machine's files. */
export interface TinySystem {
  readonly os: string;
  remove(): void;
}

/**
 * @param folder one that the host of the guest sees too
 * @param addresses what its agent tells (QEMU guest agent, guest-network-get-interfaces)
 */
export function tinySystem(folder: string, addresses: readonly object[] = []): TinySystem {
  const scratch = mkdtempSync(join(folder, 'wirebook-guest-'));
  const root = join(scratch, 'root');
  mkdirSync(root);
  writeFileSync(join(root, 'init'), init, { mode: 0o755 });
  writeFileSync(join(root, 'agent'), agent, { mode: 0o755 });
  writeFileSync(join(root, 'addresses'), `${JSON.stringify({ return: addresses })}\n`);
  if (existsSync(modules)) execFileSync('cp', ['-r', modules, join(root, 'modules')]);
  execFileSync('cp', [busybox, join(root, 'busybox')]);
  const initrd = join(scratch, 'initrd');
  execFileSync('sh', [
    '-c',
    `cd "$1" && ${busybox} find . | ${busybox} cpio -o -H newc >"$2" 2>/dev/null`,
    'sh',
    root,
    initrd,
  ]);
  return {
    os: `<kernel>${kernel}</kernel><initrd>${initrd}</initrd><cmdline>console=ttyS0 quiet</cmdline>`,
    remove: () => rmSync(scratch, { recursive: true, force: true }),
  };
}
