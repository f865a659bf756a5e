import { CommandError, type EngineError } from '../errors.ts';
import type { ShellOutput, Step } from '../module.ts';
import { quote, quoteAll } from '../transport/quote.ts';

/** Seconds a step may take when it does not say. */
export const STEP_TIMEOUT = 60;

/** What became of a list of steps. */
export interface StepsOutcome {
  /** How many ran to success */
  readonly done: number;
  readonly error: EngineError | undefined;
  /** What a reading appended to the steps printed */
  readonly reading: ShellOutput;
}

/**
 * One script that runs steps in order up to the first failure, then, in any case, a reading.
 * What the steps print goes to stderr, between markers; stdout belongs to the reading, which finds whether all were
 * done in $wb_done (0).
 */
export function stepsScript(steps: readonly Step[], reading: string, marker: string): string {
  const run = steps.map((step, index) => {
    const call = `wb_step ${index} ${quote((step.success ?? [0]).join(' '))} ${quoteAll(step.argv)}`;
    return step.stdin === undefined ? `${call} </dev/null` : `printf %s ${quote(step.stdin)} | ${call}`;
  });
  return `wb_mark=${marker}
wb_step() {
  printf '\\n%s step %s\\n' "$wb_mark" "$1" >&2
  wb_accepted=$2
  shift 2
  "$@" >&2
  wb_status=$?
  case " $wb_accepted " in *" $wb_status "*) return 0 ;; esac
  printf '\\n%s failed %s\\n' "$wb_mark" "$wb_status" >&2
  return 1
}
${run.join(' &&\n')}
wb_done=$?
printf '\\n%s read\\n' "$wb_mark" >&2
${reading}`;
}

export const stepsTimeout = (steps: readonly Step[]): number =>
  30 + steps.reduce((sum, step) => sum + (step.timeout ?? STEP_TIMEOUT), 0);

/** Takes the output of a steps script apart. */
export function readStepsOutput(steps: readonly Step[], output: ShellOutput, marker: string): StepsOutcome {
  let current = -1;
  let failed: number | undefined;
  let text: string[] = [];
  const readingStderr: string[] = [];
  let reading = false;
  for (const line of output.stderr.split('\n')) {
    const [mark, verb, value] = line.startsWith(marker) ? line.split(' ') : [];
    if (mark !== marker) (reading ? readingStderr : text).push(line);
    else if (verb === 'read') reading = true;
    else if (verb === 'failed') failed = Number(value);
    else {
      current = Number(value);
      text = [];
    }
  }
  const step = failed === undefined ? undefined : steps[current];
  return {
    done: failed === undefined ? steps.length : current,
    error: step && stepError(step, failed ?? 1, text.join('\n').trim()),
    reading: { stdout: output.stdout, stderr: readingStderr.join('\n').trim(), status: output.status },
  };
}

function stepError(step: Step, status: number, printed: string): EngineError {
  const why = printed === '' ? `exit status ${status}` : printed.split('\n').slice(-4).join(' / ');
  return new CommandError(`could not ${step.title}: ${why}`, {
    argv: step.argv,
    status,
    stdout: '',
    stderr: printed,
  });
}
