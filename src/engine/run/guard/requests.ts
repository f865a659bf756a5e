import { EngineError } from '../../errors.ts';
import type { ShellOutput } from '../../module.ts';
import { escapeControls } from '../../transport/escape.ts';
import type { Shell } from '../../transport/types.ts';
import { heardScript, takeOverScript } from '../lock.ts';
import { readStepsOutput } from '../steps.ts';
import { beginScript, JOURNALS, LACKING, restoreLimit, stepsLimit, type Transaction } from './begin.ts';
import { pause } from './reach.ts';

/** What a host says of a transaction. */
export interface Progress {
  readonly phase:
    | 'preparing'
    | 'ready'
    | 'open'
    | 'persisting'
    | 'confirmed'
    | 'failing'
    | 'rolledback'
    | 'none';
  /** The steps were not over yet when the question came */
  readonly early: boolean;
  /** Seconds until the host puts itself back, once the steps are over */
  readonly left: number;
  /** `bare`: steps that persist are run after confirmation */
  readonly mode: string;
  /** Why and how it was rolled back */
  readonly story: string;
  /** What a reading that was asked for printed; undefined when it was not time for it */
  readonly reading: ShellOutput | undefined;
}

/** Seconds that setting up may take: for each file some commands, and the disk to sync. */
const BEGIN = 120;

const guardOf = ({ id }: Transaction): string => `sh ${JOURNALS}/${id}/guard`;

/** Seconds that a question may wait for an answer on the host. */
const waitLimit = (transaction: Transaction): number =>
  stepsLimit(transaction) + restoreLimit(transaction) + 30;

/** Prepares the transaction and starts its supervisor. @throws EngineError REQUIREMENT, COMMAND_FAILED: nothing was touched; UnreachableError */
export async function begin(shell: Shell, transaction: Transaction): Promise<void> {
  const { status, stderr } = await shell.run({ script: beginScript(transaction), timeout: BEGIN });
  if (status === 0) return;
  const said = escapeControls(stderr.trim()).split('\n').join('; ');
  if (status === LACKING) throw new EngineError('REQUIREMENT', `the change cannot be guarded: ${said}`);
  throw new EngineError(
    'COMMAND_FAILED',
    `the guard could not be set up, and nothing was changed: ${said || `status ${status}`}`,
  );
}

/** Waits on the host until the steps are over or the transaction has ended, and reads along if the steps are done. */
export async function waitFor(shell: Shell, transaction: Transaction, reading?: string): Promise<Progress> {
  const limit = waitLimit(transaction);
  const { marker } = transaction;
  const script = `wb_said=$(${guardOf(transaction)} wait ${limit} 2>/dev/null || echo 'none early 0 none')
printf '%s\\n%s\\n' "$wb_said" ${marker}
case $wb_said in
open\\ settled* | confirmed*)
${reading ?? ':'}
;; esac`;
  const output = await shell.run({ script, timeout: limit + 30 });
  return progress(output, marker);
}

/** Confirms, and takes the host's lock over. @returns whether this shell has it now */
export async function confirm(
  shell: Shell,
  transaction: Transaction,
): Promise<Progress & { locked: boolean }> {
  const { marker, holder, id } = transaction;
  const output = await shell.run({
    script: `${guardOf(transaction)} confirm 9>&-
echo ${marker}
${takeOverScript(holder, id)}`,
    inPlace: true,
    timeout: stepsLimit(transaction) + restoreLimit(transaction) + 30,
  });
  return { ...progress(output, marker), locked: output.status === 0 };
}

/** Has the supervisor put the host back. The answer may be lost on a way that goes. */
export async function abort(shell: Shell, transaction: Transaction): Promise<void> {
  const asked = shell.run({ script: `${guardOf(transaction)} abort`, timeout: 5 });
  await Promise.race([asked.catch(() => undefined), pause(3000)]);
}

/** Has the host put itself back, supervisor or not, and waits until it has; unless the transaction was confirmed. */
export async function rollBack(shell: Shell, transaction: Transaction): Promise<Progress> {
  const guard = guardOf(transaction);
  const { marker } = transaction;
  const output = await shell.run({
    script: `[ -f ${JOURNALS}/${transaction.id}/env ] || { echo 'none early 0 none'; exit; }
${guard} abort 2>/dev/null
${guard} rescue >/dev/null 2>&1
${guard} wait 10`,
    survive: true,
    timeout: waitLimit(transaction),
  });
  return progress(output, marker);
}

/** Has the host know that its rollback was heard of, so that no later run tells of it. */
export async function heard(shell: Shell, { id }: Transaction): Promise<void> {
  await shell.run({ script: heardScript(id), timeout: 5 }).catch(() => undefined);
}

/** Takes the host's lock over after a rollback. @returns whether this shell has it now */
export async function takeOver(shell: Shell, { holder, id }: Transaction): Promise<boolean> {
  const { status } = await shell.run({ script: takeOverScript(holder, id), inPlace: true });
  return status === 0;
}

function progress({ stdout, stderr, status }: ShellOutput, marker: string): Progress {
  const [said = '', ...rest] = stdout.split(`${marker}\n`);
  const [first = '', ...story] = said.split('\n');
  const [phase = 'none', settled, left, mode = ''] = first.split(' ');
  const ready = phase === 'confirmed' || (phase === 'open' && settled === 'settled');
  return {
    phase: phase as Progress['phase'],
    early: settled !== 'settled',
    left: Number(left),
    mode,
    story: story.join('\n'),
    reading: ready ? { stdout: rest.join(`${marker}\n`), stderr, status } : undefined,
  };
}

/**
 * Why a host has put itself back: from what its story begins with, and what the steps printed last.
 * undefined: because of what the controller did, or did not.
 */
export function reasonOf({ story }: Progress, { steps, marker }: Transaction): EngineError | undefined {
  const [first = '', ...lines] = story.split('\n');
  const [why, part] = first.split(' ');
  const ran = steps.filter(({ persists = false }) => part === 'steps' || persists === (part === 'later'));
  const failed = readStepsOutput(ran, { stdout: '', stderr: lines.join('\n'), status: 1 }, marker).error;
  const last = lines.findLast((line) => line.startsWith(`${marker} step `))?.split(' ')[2];
  const title = ran[Number(last)]?.title ?? 'run the steps';
  switch (why) {
    case 'step':
      return failed ?? new EngineError('COMMAND_FAILED', `could not ${title}`);
    case 'deadline':
      return new EngineError('TIMEOUT', `could not ${title} in time`);
    case 'killed':
      return new EngineError('COMMAND_FAILED', `could not ${title}: the shell was killed`);
    case 'reboot':
      return new EngineError('CONNECTION_LOST', 'the host was restarted before the change was confirmed');
    case 'dead':
      return new EngineError('COMMAND_FAILED', 'the supervisor on the host was killed');
    default:
      return undefined;
  }
}

/** What could not be put back, safe to print. */
export const leftOver = ({ story }: Progress): readonly string[] =>
  story
    .split('\n')
    .filter((line) => /^(?:restoring: |could not put )/.test(line))
    .map(escapeControls);
