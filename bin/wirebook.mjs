#!/usr/bin/env node
// Starts the bundle in dist/; a version needs no more than package.json.
import { existsSync, readFileSync } from 'node:fs';

const root = new URL('../', import.meta.url);

if (process.argv.length === 3 && /^(?:--version|-V)$/.test(process.argv[2])) {
  process.stdout.write(`${JSON.parse(readFileSync(new URL('package.json', root), 'utf8')).version}\n`);
} else {
  const bundle = new URL('dist/cli.mjs', root);
  if (!existsSync(bundle)) {
    process.stderr.write('wirebook is not built yet: run `npm install && npm run build` in its folder\n');
    process.exit(1);
  }
  await import(bundle.href);
}
