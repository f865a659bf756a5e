// What the npm scripts share: run commands with progress, install what is missing. Needs no node_modules.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Debian packages that a libvirtd of one's own takes. */
export const LIBVIRTD = [
  'dnsmasq-base',
  'iproute2',
  'iptables',
  'libvirt-clients',
  'libvirt-daemon-driver-qemu',
  'libvirt-daemon-system',
  'qemu-system-x86',
];

export const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Runs a command in the project's folder, its output shown; exits with its status when it fails. */
export function must(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
  if (error) {
    console.error(`${command} could not be started: ${error.message}`);
    process.exit(1);
  }
  if (status !== 0) process.exit(status ?? 1);
}

/** Runs a command quietly under a title, with the seconds it takes; its output is shown if it fails. */
export async function quietly(title, command, args, options = {}) {
  const started = Date.now();
  const seconds = () => `${((Date.now() - started) / 1000).toFixed(0)} s`;
  const tty = process.stdout.isTTY;
  const timer = setInterval(() => {
    if (tty) process.stdout.write(`\r${title} … ${seconds()} `);
    else if ((Date.now() - started) % 15000 < 1000) console.log(`${title} … ${seconds()}`);
  }, 1000);
  const output = [];
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], ...options });
  child.stdout.on('data', (chunk) => output.push(chunk));
  child.stderr.on('data', (chunk) => output.push(chunk));
  const status = await new Promise((resolve) => {
    child.on('error', (error) => {
      output.push(Buffer.from(`${command}: ${error.message}\n`));
      resolve(127);
    });
    child.on('close', resolve);
  });
  clearInterval(timer);
  if (status === 0) {
    console.log(`${tty ? '\r' : ''}${title}: done in ${seconds()}   `);
    return;
  }
  console.error(`${tty ? '\n' : ''}${title}: failed\n${Buffer.concat(output)}`);
  process.exit(status ?? 1);
}

const NPM_INSTALL = ['install', '--no-save', '--no-fund', '--no-audit', '--loglevel=error'];

/** node_modules as package-lock.json says; nothing to do when it is newer. */
export async function installDependencies() {
  const mark = join(root, 'node_modules/.package-lock.json');
  const lock = join(root, 'package-lock.json');
  if (existsSync(mark) && statSync(mark).mtimeMs >= statSync(lock).mtimeMs) return;
  // Not `npm ci`: it refuses a lock file without the optional packages of other platforms, which some mirrors leave out.
  await quietly('Installing npm packages', 'npm', NPM_INSTALL);
}

export async function buildBundle() {
  await quietly('Building', process.execPath, [join(root, 'scripts/build.mjs')]);
}

/**
 * Runs a program written in TypeScript with Node; exits with its status when it fails.
 * @param entry File in the project
 * @param args What it is given
 * @param nodeArgs What Node is given
 */
export async function mustTypeScript(entry, args, nodeArgs = []) {
  // As deep as the tests are, which find the project two folders up
  const outfile = join(root, 'dist.scripts', String(process.pid), 'main.mjs');
  const { build } = await import('esbuild');
  await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    logLevel: 'warning',
  });
  process.once('exit', () => rmSync(dirname(outfile), { recursive: true, force: true }));
  // Ctrl-C is for the program, which takes its hosts down
  process.on('SIGINT', () => undefined);
  must(process.execPath, [...nodeArgs, outfile, ...args]);
}

/** Debian packages, those that are missing. Without root or apt-get it says so and goes on. */
export async function installPackages(packages, why) {
  const installed = (name) => {
    const { stdout } = spawnSync('dpkg-query', ['-W', '-f', '${db:Status-Status}', name], {
      encoding: 'utf8',
    });
    return stdout === 'installed';
  };
  const missing = packages.filter((name) => !installed(name));
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    console.log(`Not installed, so ${why} are skipped: ${missing.join(' ')}`);
    return;
  }
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const install = ['install', '-y', '--no-install-recommends', ...missing];
  const first = spawnSync('apt-get', ['-qq', '--simulate', ...install], { stdio: 'ignore' });
  if (first.status !== 0)
    await quietly('Reading the list of Debian packages', 'apt-get', ['update'], { env });
  await quietly(`Installing Debian packages (${missing.join(' ')})`, 'apt-get', install, { env });
}

const EXTRACT = `set -e
cd "$1"
name=$(apt-cache depends linux-image-cloud-amd64 | sed -n 's/^ *Depends: \\(linux-image-.*\\)/\\1/p' | head -n 1)
apt-get -qq download "$name"
dpkg-deb --fsys-tarfile ./*.deb | tar -x --wildcards --transform 's,.*/,,' './boot/vmlinuz-*' './lib/modules/*/virtio*.ko'
rm -rf "$3" && mkdir "$3" && mv virtio*.ko "$3"
mv vmlinuz-* "$2"`;

/**
 * The kernel of Debian's package linux-image-cloud-amd64 and its virtio modules, for the guests of tests, kept in the cache;
 * the package itself is not installed. Without it those tests are skipped. test/host/libvirt/tiny-guest.ts looks there.
 */
export function fetchGuestKernel() {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'wirebook');
  const kernel = join(cache, 'vmlinuz-cloud-amd64');
  const modules = join(cache, 'virtio-cloud-amd64');
  if (
    (existsSync(kernel) && existsSync(modules)) ||
    process.arch !== 'x64' ||
    !existsSync('/usr/bin/apt-get')
  )
    return;
  mkdirSync(cache, { recursive: true });
  const scratch = mkdtempSync(join(tmpdir(), 'wirebook-kernel-'));
  try {
    const { status, stderr } = spawnSync('sh', ['-c', EXTRACT, 'sh', scratch, kernel, modules], {
      encoding: 'utf8',
    });
    if (status !== 0)
      console.log(`No kernel for guests, so the tests that need one are skipped: ${stderr.trim()}`);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
