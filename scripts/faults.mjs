// npm run faults: installs what the lab needs, builds, makes faults happen. Arguments go to test/faults/main.ts.
// usage: npm run faults -- [--count 200] [--seed 1] [--only networkd,netplan] [--row 17] [--parallel 3] [--output FILE]
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildBundle, installDependencies, installPackages, must, root } from './steps.mjs';

await installDependencies();
await installPackages(['e2fsprogs', 'iproute2', 'mmdebstrap', 'openssh-client'], 'the faults');
await buildBundle();

// As deep as the tests are, which find the project two folders up
const bundle = join(root, 'dist.faults', String(process.pid), 'main.mjs');
const { build } = await import('esbuild');
await build({
  absWorkingDir: root,
  entryPoints: ['test/faults/main.ts'],
  outfile: bundle,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  logLevel: 'warning',
});
process.once('exit', () => rmSync(join(bundle, '..'), { recursive: true, force: true }));
// Ctrl-C is for the campaign, which takes its lab down
process.on('SIGINT', () => undefined);
must(process.execPath, [bundle, ...process.argv.slice(2)]);
