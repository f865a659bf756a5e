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

const init = `#!/busybox sh
/busybox mkdir -p /proc /sys
/busybox mount -t proc proc /proc
/busybox mount -t sysfs sys /sys
echo GUEST
while :; do /busybox sleep 3600; done
`;

/** Elements of the guest's `<os>`, for a host that sees this machine's files. */
export interface TinySystem {
  readonly os: string;
  remove(): void;
}

/** @param folder one that the host of the guest sees too */
export function tinySystem(folder: string): TinySystem {
  const scratch = mkdtempSync(join(folder, 'wirebook-guest-'));
  const root = join(scratch, 'root');
  mkdirSync(root);
  writeFileSync(join(root, 'init'), init, { mode: 0o755 });
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
