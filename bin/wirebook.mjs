#!/usr/bin/env node
// Starts the bundle in dist/ with the code that V8 compiled for it at build time; a version needs no more than package.json.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import vm from 'node:vm';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

if (process.argv.length === 3 && /^(?:--version|-V)$/.test(process.argv[2])) {
  process.stdout.write(`${JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version}\n`);
} else {
  start(process.env.WIREBOOK_KEEP_COMPILED);
}

/** `keep`: the folder of a new bundle, for which the compiled code is written at the end (scripts/build.mjs). */
function start(keep) {
  const folder = keep ?? join(root, 'dist');
  const bundle = join(folder, 'cli.cjs');
  // ASCII, as esbuild writes it.
  const code = read(bundle, 'latin1');
  if (code === undefined) {
    process.stderr.write('wirebook is not built yet: run `npm install && npm run build` in its folder\n');
    process.exit(1);
  }
  const cachedData = keep === undefined ? read(join(folder, 'cli.cache')) : undefined;
  const script = new vm.Script(code, { filename: bundle, cachedData });
  if (keep !== undefined) {
    process.on('exit', () => writeFileSync(join(folder, 'cli.cache'), script.createCachedData()));
  }
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(bundle), module, bundle, folder);
}

function read(file, encoding) {
  try {
    return readFileSync(file, encoding);
  } catch {
    return undefined;
  }
}
