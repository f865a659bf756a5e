// npm run bench -- nics: a host of 200 guests with 4 NICs each, shut off, on a real libvirtd of its own: round trips, the
// controller's CPU to read and plan, and what stays in its memory. Medians of 5, after one run to warm up.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { must, root } from '../scripts/steps.mjs';

const bundle = join(root, 'dist.bench', String(process.pid), 'nics.mjs');
await build({
  absWorkingDir: root,
  entryPoints: ['bench/nics-looks.ts'],
  outfile: bundle,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  logLevel: 'warning',
});
process.once('exit', () => rmSync(join(bundle, '..'), { recursive: true, force: true }));
must(process.execPath, ['--expose-gc', bundle]);
