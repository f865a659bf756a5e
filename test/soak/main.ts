/** npm run soak: random changes of a seed on real hosts; docs/soak.md says what came of them, a section a subject. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { projectRoot } from '../integration/program.ts';
import { networks } from './networks.ts';
import { nics } from './nics.ts';
import type { Subject } from './subject.ts';

const subjects: Readonly<Record<string, Subject>> = { networks, nics };

const { values: flags } = parseArgs({
  options: {
    only: { type: 'string', default: Object.keys(subjects).join(',') },
    count: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    output: { type: 'string', default: join(projectRoot, 'docs/soak.md') },
  },
});
const chosen = flags.only.split(',');
const unknown = chosen.filter((name) => !Object.hasOwn(subjects, name));
if (unknown.length > 0) {
  process.stderr.write(
    `no such subject: ${unknown.join(', ')}; there are ${Object.keys(subjects).join(', ')}\n`,
  );
  process.exit(2);
}

const INTRODUCTION = `# Soak

Written by \`npm run soak\`: random changes on real hosts, the same for the same seed. \`npm run soak -- --only SUBJECT --count N --seed S\` does one subject over, and leaves the others' sections as they are.
`;

/** Sections of the file, by heading. */
function sectionsOf(text: string): Map<string, string> {
  const [, ...parts] = text.split(/^## /m);
  return new Map(
    parts.map((part) => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n')).trim()]),
  );
}

const git = (...args: string[]): string =>
  execFileSync('git', args, { cwd: projectRoot, encoding: 'utf8' }).trim();
const changed = git('status', '--porcelain', 'src') !== '';
const commit = `${git('rev-parse', '--short', 'HEAD')}${changed ? ', with changes' : ''}`;

const sections = sectionsOf(existsSync(flags.output) ? readFileSync(flags.output, 'utf8') : '');
let failed = 0;
for (const name of chosen) {
  const subject = subjects[name]!;
  const note = (line: string): void => void process.stdout.write(`${name}: ${line}\n`);
  const outcome = await subject.run({ count: Number(flags.count), seed: Number(flags.seed), note });
  failed += outcome.failed;
  const command = `npm run soak -- --only ${name} --count ${flags.count} --seed ${flags.seed}`;
  const date = new Date().toISOString().slice(0, 10);
  sections.set(subject.title, `\`${command}\`, ${date}, commit ${commit}.\n\n${outcome.markdown.trim()}`);
  const order = Object.values(subjects).map(({ title }) => title);
  const text = [...sections]
    .toSorted(([a], [b]) => order.indexOf(a) - order.indexOf(b))
    .map(([title, body]) => `\n## ${title}\n\n${body}\n`);
  writeFileSync(flags.output, INTRODUCTION + text.join(''));
  note(`${outcome.failed} failed`);
}
process.exit(failed > 0 ? 1 : 0);
