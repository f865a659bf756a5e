// Bundles src/ into one file, dist/cli.cjs, and keeps the code that V8 compiled for it beside it: the command then starts
// in half the time. A Node of another version refuses that cache, and compiles the bundle again.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

// Into a folder of its own first, so that a failure leaves the old bundle as it is.
const fresh = join(root, `dist.${process.pid}`);
try {
  await build({
    absWorkingDir: root,
    entryPoints: ['src/cli/main.ts'],
    outfile: join(fresh, 'cli.cjs'),
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    minifySyntax: true,
    minifyWhitespace: true,
    lineLimit: 120,
    define: { WIREBOOK_VERSION: JSON.stringify(version), 'import.meta.url': 'bundleUrl' },
    // One function, as node wraps a CommonJS module: bin/wirebook.mjs calls it.
    banner: {
      js: "(function (exports, require, module, __filename, __dirname) { const bundleUrl = require('node:url').pathToFileURL(__filename).href;",
    },
    footer: { js: '})' },
    // ssh2's optional native parts stay off.
    external: ['cpu-features', '*.node'],
    logLevel: 'warning',
  });
  keepCompiled(fresh);
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  renameSync(fresh, join(root, 'dist'));
} catch (error) {
  rmSync(fresh, { recursive: true, force: true });
  console.error(error.message);
  process.exit(1);
}

/** Runs a small play, so that what most runs need is compiled, and keeps that. */
function keepCompiled(folder) {
  const play = join(folder, 'warm-up.yml');
  const tasks = [
    { command: 'true' },
    { debug: { msg: '{{ inventory_hostname }}' }, when: 'true' },
    // Only looked at; where there is no iproute2, it may fail.
    { bridge: { name: 'warm-up' }, check_mode: true, ignore_errors: true },
  ];
  mkdirSync(folder, { recursive: true });
  writeFileSync(play, JSON.stringify([{ hosts: 'all', gather_facts: false, tasks }]));
  const { status, stderr } = spawnSync(
    process.execPath,
    [join(root, 'bin/wirebook.mjs'), 'run', '-i', 'localhost,', '-c', 'local', play],
    { encoding: 'utf8', env: { ...process.env, WIREBOOK_KEEP_COMPILED: folder } },
  );
  if (status !== 0) throw new Error(`the bundle does not run:\n${stderr}`);
  rmSync(play);
}
