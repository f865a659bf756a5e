/** npm run faults: makes faults happen on lab hosts during guarded changes, and writes down what came of each. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { endAll, projectRoot } from '../integration/program.ts';
import { runCampaign } from './campaign.ts';
import { planRow, type Row } from './rows.ts';
import { line, readTable, table } from './table.ts';

const { values: flags } = parseArgs({
  options: {
    count: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
    row: { type: 'string' },
    parallel: { type: 'string', default: '3' },
    output: { type: 'string' },
    resume: { type: 'boolean', default: false },
  },
});

const seed = Number(flags.seed);
const numbers = Array.from({ length: 100 * Number(flags.count) }, (_, index) => index + 1);
const rows = (flags.row ? flags.row.split(',').map(Number) : numbers)
  .map((number) => planRow(seed, number))
  .filter(({ backend }) => !flags.only || flags.only.split(',').includes(backend))
  .slice(0, Number(flags.count));

const git = (...args: string[]): string =>
  execFileSync('git', args, { cwd: projectRoot, encoding: 'utf8' }).trim();
const commit = `${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain', 'src') ? ', with changes' : ''}`;
const command = ['npm run faults', ...(process.argv.length > 2 ? ['--'] : []), ...process.argv.slice(2)].join(
  ' ',
);
const whole = !flags.row && !flags.only;
const output = flags.output ?? (whole ? join(projectRoot, 'docs/faults.md') : undefined);

if (flags.resume && !output) throw new Error('--resume goes on with a table: all rows, or --output FILE');
const earlier =
  flags.resume && output
    ? readTable(readFileSync(output, 'utf8'), seed, (number) => planRow(seed, number))
    : undefined;
const known = new Set(earlier?.rows.map(({ number }) => number));

const folder = mkdtempSync(join(tmpdir(), 'wirebook-faults-'));
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    process.stdout.write('ends after the faults under way\n');
    interrupted.abort();
  });
}
const started = performance.now();
const results: Row[] = [...(earlier?.rows ?? [])];
/** Also what there is so far, for whoever waits. */
const note = (row: Row): void => {
  process.stdout.write(`${line(row)}\n`);
  results.push(row);
  results.sort((a, b) => a.number - b.number);
  if (!output) return;
  const minutes = (performance.now() - started) / 60_000;
  writeFileSync(output, table(results, { command, commit, minutes, seed, planned: rows.length, earlier }));
};
try {
  await runCampaign({
    folder: join(folder, 'lab'),
    rows: rows.filter(({ number }) => !known.has(number)),
    parallel: Number(flags.parallel),
    signal: interrupted.signal,
    onRow: note,
  });
} finally {
  endAll();
  rmSync(folder, { recursive: true, force: true });
}
const failed = results.filter(({ failures }) => failures.length > 0);
process.stdout.write(`${results.length} faults, ${failed.length} FAIL\n`);
process.exit(failed.length > 0 || results.length < rows.length ? 1 : 0);
