/** Random edits of guest NICs on a real libvirtd: the dry run against what came of each. */
import { EngineError } from '../../src/engine/errors.ts';
import { type NicTask, problemsOf, runTask } from '../libvirt-tasks.ts';
import type { LibvirtHost } from '../libvirtd.ts';
import { guestXml, placesForNics, virshEach } from '../libvirt-objects.ts';
import { randomNicEdit } from './nic-edits.ts';
import { randomOf } from './random.ts';

/** What came of an edit. */
export interface NicOutcome {
  readonly number: number;
  readonly task: NicTask;
  readonly outcome: 'changed' | 'ok' | 'pending' | 'refused' | 'not valid' | 'FAILED';
  /** Steps, or why there are none */
  readonly what: string;
  /** What was not as it must be */
  readonly wrong: readonly string[];
}

const setup = `${placesForNics}${virshEach(
  'define',
  ['off', 'paused', 'running'].map((name) => guestXml(name, { slots: 8, usb: true })),
)}${virshEach('create --paused', [guestXml('transient', { slots: 8, usb: true })])}
virsh -q start paused --paused && virsh -q start running
`;

export async function setUpNics(host: LibvirtHost): Promise<void> {
  const { status, stderr } = await host.exec(setup);
  if (status !== 0) throw new Error(stderr);
}

/** Does `count` edits, one after the other. */
export async function* soakNics(
  host: LibvirtHost,
  { count, seed }: { readonly count: number; readonly seed: number },
): AsyncGenerator<NicOutcome> {
  const random = randomOf(seed);
  for (let number = 1; number <= count; number++) {
    const task = randomNicEdit(random);
    yield { number, task, ...(await outcomeOf(host, task)) };
  }
}

type Outcome = Pick<NicOutcome, 'outcome' | 'what' | 'wrong'>;

async function outcomeOf(host: LibvirtHost, task: NicTask): Promise<Outcome> {
  try {
    const run = await runTask(host, task);
    const { plan } = run;
    if (plan.refused) return { outcome: 'refused', what: plan.refused.message, wrong: [] };
    const wrong = problemsOf(run, task.domain);
    const pending = plan.pending.map(({ field }) => `${field} pending`);
    const what = [...plan.steps.map(({ title }) => title), ...pending].join(', ');
    if (wrong.length > 0) return { outcome: 'FAILED', what, wrong };
    return {
      outcome: plan.steps.length > 0 ? 'changed' : pending.length > 0 ? 'pending' : 'ok',
      what,
      wrong,
    };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return { outcome: 'not valid', what: error.message, wrong: [] };
  }
}
