/**
 * Faults during guarded changes on real hosts, each on a host of its backend that is reached by the very link that is
 * changed. Afterwards the host must be as before or as after the change, as a whole, and go on working.
 */
import { linkDown } from '../../src/lab/cables.ts';
import { stopLab } from '../../src/lab/down.ts';
import { startLab } from '../../src/lab/up.ts';
import { FaultedHost, prepareHelper } from './host.ts';
import { BACKENDS, NAMES, type Planned, type Row } from './rows.ts';
import { Session } from './session.ts';

/** Seconds that a change has to be confirmed. */
const TIMEOUT = 5;

export interface CampaignOptions {
  /** Of the lab; must not be there */
  readonly folder: string;
  readonly rows: readonly Planned[];
  /** Hosts at work at once */
  readonly parallel: number;
  readonly onRow?: (row: Row) => void;
  readonly signal?: AbortSignal;
}

/** Makes the faults of some rows happen. @returns what came of each, by number */
export async function runCampaign({
  folder,
  rows,
  parallel,
  onRow,
  signal,
}: CampaignOptions): Promise<Row[]> {
  const names = NAMES.filter((name) => rows.some(({ backend }) => backend === name));
  const backends = [...names.map((name) => BACKENDS[name]), 'none' as const];
  const lab = await startLab({
    folder,
    hosts: backends.length,
    driver: 'uml',
    backends,
    segments: true,
    signal,
  });
  const results: Row[] = [];
  try {
    const helper = lab.hosts.at(-1)!;
    const machine = lab.segments[0]!.machine.replace(/\/.*/, '');
    await prepareHelper(folder, helper);
    const takeTurn = turns(parallel);
    await Promise.all(
      names.map(async (name, index) => {
        // What is plugged in there nobody is to find: this machine would answer on any segment
        for (const nic of ['eth3', 'eth4'] as const) await linkDown(folder, lab.hosts[index]!, nic);
        const host = new FaultedHost(folder, lab.hosts[index]!, { helper, machine }, TIMEOUT);
        const session = new Session(host);
        for (const planned of rows.filter(({ backend }) => backend === name)) {
          if (signal?.aborted) break;
          const row = await takeTurn(() => session.row(planned));
          results.push(row);
          onRow?.(row);
        }
        host.shell.close();
      }),
    );
  } finally {
    await stopLab(folder);
  }
  return results.sort((a, b) => a.number - b.number);
}

/** Lets some work at once, the others wait. */
function turns(limit: number): <T>(work: () => Promise<T>) => Promise<T> {
  let free = limit;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  };
}
