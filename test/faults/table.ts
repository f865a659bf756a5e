/** What came of the faults, for people. */
import type { Planned, Row } from './rows.ts';

const moment = ({ moment, delay, happened }: Row): string => {
  if (moment === undefined) return '';
  if (moment === 'before') return 'before the run';
  return happened ? `${moment} + ${delay} ms` : `${moment}: did not come`;
};

/** The first difference tells most. */
const verdict = ({ failures: [first, ...more] }: Row): string => {
  if (first === undefined) return 'ok';
  const [difference = '', ...others] = first.replaceAll(/\s+/g, ' ').split('; ');
  const rest = more.length + others.length > 0 ? ' …' : '';
  return `FAIL: ${difference.slice(0, 200).replaceAll('|', '\\|')}${rest}`;
};

const cells = (row: Row): string[] => [
  String(row.number),
  row.backend,
  row.change,
  row.fault,
  moment(row),
  row.outcome,
  row.seconds?.toFixed(1) ?? '',
  verdict(row),
];

/** One row, as it comes, with all that is wrong. */
export const line = (row: Row): string => [...cells(row), ...row.failures].join(' · ');

interface Circumstances {
  readonly command: string;
  readonly commit: string;
  readonly minutes: number;
  readonly seed: number;
  readonly planned: number;
  /** Rows that were made earlier, and when: of an earlier table */
  readonly earlier?: Earlier | undefined;
}

/** What an earlier table has that need not be made again. */
export interface Earlier {
  /** Those that were well */
  readonly rows: readonly Row[];
  /** `2026-12-01, commit abc, seed 1, 30 minutes` */
  readonly circumstances: string;
}

/** Reads a table of the same rows. @throws Error when it is of another seed, or none */
export function readTable(text: string, seed: number, plan: (number: number) => Planned): Earlier {
  const circumstances = /^\d+ faults.*failed\. (.*)\.$/m.exec(text)?.[1];
  if (!circumstances?.includes(`seed ${seed},`))
    throw new Error(`there is no table of seed ${seed} to go on with`);
  const rows = text
    .slice(text.indexOf('## All'))
    .split('\n')
    .flatMap((row): Row[] => {
      const [number = '', , change = '', , when = '', outcome, seconds, result] = row
        .split(' | ')
        .map((cell) => cell.replace(/^\| | \|$/g, ''));
      if (!/^\d+$/.test(number) || result !== 'ok') return [];
      return [
        {
          ...plan(Number(number)),
          change,
          happened: when !== '' && !when.endsWith('did not come'),
          outcome: outcome as Row['outcome'],
          seconds: seconds === '' ? undefined : Number(seconds),
          failures: [],
        },
      ];
    });
  return { rows, circumstances };
}

const went = ({ rows, circumstances }: Earlier): string =>
  ` Goes on with an earlier run (${circumstances}), of which ${rows.length} rows were well; the others were made now.`;

/** docs/faults.md. */
export function table(
  rows: readonly Row[],
  { command, commit, minutes, seed, planned, earlier }: Circumstances,
): string {
  const backends = [...new Set(rows.map(({ backend }) => backend))];
  const faults = [...new Set(rows.map(({ fault }) => fault))].sort();
  const count = (some: readonly Row[]): string => {
    if (some.length === 0) return '';
    const before = some.filter(({ outcome }) => outcome === 'before').length;
    const after = some.filter(({ outcome }) => outcome === 'after').length;
    const failed = some.filter(({ failures }) => failures.length > 0).length;
    return `${before} / ${after}${failed > 0 ? ` **${failed} FAIL**` : ''}`;
  };
  const failed = rows.filter(({ failures }) => failures.length > 0).length;
  const tableOf = (head: readonly string[], lines: readonly (readonly string[])[]): string =>
    [head, head.map(() => '---'), ...lines].map((line) => `| ${line.join(' | ')} |`).join('\n');
  return `# Faults

Written by \`${command}\`: real hosts (\`wirebook lab\`, uml), each reached by the very link that a guarded change moves, with \`confirm_timeout: 5\`. During the change something goes wrong. Afterwards the host must be reachable, by its old address or its new one, and be wholly as before or wholly as after: its links as the kernel has them, and the files of its backend byte by byte. The run that follows must come through, and the one after that must find nothing to do; no unit, journal or lock may be left, and no frame may have gone round in a loop.

${rows.length} faults${rows.length < planned ? ` of ${planned}` : ''}, ${failed} failed. ${new Date().toISOString().slice(0, 10)}, commit ${commit}, seed ${seed}, ${minutes.toFixed(0)} minutes.${earlier ? went(earlier) : ''}

How to read it: *moment* is when the fault happened, after a step of the guarded change on the host: \`begun\` (the journal is being written), \`open\` (the supervisor runs), \`steps\` (the change runs), \`done\` (it waits to be confirmed), \`waiting\` (the same, the controller having been killed), \`confirmed\`. A moment that did not come was overtaken by the end of the run. *Seconds* are those from the fault until the change was confirmed or taken back and the host answered: for cut links those without the link, for reboots the boot included, for mistakes (wrong VLAN, address, prefix, port, gateway gone), which are in the change itself, from its first step. \`npm run faults -- --seed ${seed} --row N\` repeats one.

## Before / after, by backend

${tableOf(
  ['', ...backends],
  faults.map((fault) => [
    fault,
    ...backends.map((backend) => count(rows.filter((row) => row.fault === fault && row.backend === backend))),
  ]),
)}

Reboots and power cuts are not for iproute2: it stores nothing, so such a host comes back with nothing in any case.

## All

${tableOf(['#', 'backend', 'change', 'fault', 'moment', 'outcome', 'seconds', ''], rows.map(cells))}
`;
}
