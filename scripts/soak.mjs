// npm run soak: installs what libvirt needs, makes random changes on real hosts. Arguments go to test/soak/main.ts.
// usage: npm run soak -- [--only networks,nics] [--count 100] [--seed 1] [--output FILE]
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { installDependencies, installPackages, must, root } from './steps.mjs';

await installDependencies();
await installPackages(
  [
    'dnsmasq-base',
    'iproute2',
    'iptables',
    'libvirt-clients',
    'libvirt-daemon-driver-qemu',
    'libvirt-daemon-system',
    'qemu-system-x86',
  ],
  'the soak',
);

// As deep as the tests are, which find the project two folders up
const bundle = join(root, 'dist.soak', String(process.pid), 'main.mjs');
const { build } = await import('esbuild');
await build({
  absWorkingDir: root,
  entryPoints: ['test/soak/main.ts'],
  outfile: bundle,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  logLevel: 'warning',
});
process.once('exit', () => rmSync(join(bundle, '..'), { recursive: true, force: true }));
// Ctrl-C is for the soak, which takes its hosts down
process.on('SIGINT', () => undefined);
must(process.execPath, [bundle, ...process.argv.slice(2)]);
