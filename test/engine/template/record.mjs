// Records what ansible-core makes of cases.yml: `node test/engine/template/record.mjs`
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const here = import.meta.dirname;
const output = execFileSync('/usr/bin/python3', [join(here, 'oracle.py')], {
  input: readFileSync(join(here, 'cases.yml')),
  encoding: 'utf8',
  stdio: ['pipe', 'pipe', 'ignore'],
  maxBuffer: 16 * 1024 * 1024,
});
writeFileSync(join(here, 'recorded.json'), output);
process.stdout.write(`${Object.keys(JSON.parse(output)).length} results recorded\n`);
