import type { ActionContext, ActionResult, ExecRequest, ShellOutput } from '../../engine/module.ts';
import { UNKNOWN } from '../../engine/unknown.ts';

/** Parameters that `command` and `shell` share, beside the command itself. */
export const execProperties = {
  chdir: { type: 'string', description: 'Directory to run in' },
  creates: { type: 'string', description: 'Path; when it is there, the command is not run' },
  removes: { type: 'string', description: 'Path; when it is not there, the command is not run' },
  stdin: { type: 'string', description: 'Text for the standard input' },
  stdin_add_newline: { type: 'boolean', description: 'End stdin with a newline; default true' },
  strip_empty_ends: {
    type: 'boolean',
    description: 'Strip newlines at the end of stdout and stderr; default true',
  },
} as const;

/** Parameters of what runs in a shell. */
export const shellProperties = {
  cmd: { type: 'string', description: 'What the shell runs' },
  executable: {
    type: 'string',
    pattern: '^/',
    'x-hint': 'an absolute path',
    description: 'Path of the shell; default /bin/sh',
  },
} as const;

export interface ExecParams {
  readonly chdir?: string;
  readonly creates?: string;
  readonly removes?: string;
  readonly stdin?: string;
  readonly stdin_add_newline?: boolean;
  readonly strip_empty_ends?: boolean;
}

/** Runs a command as `command` and `shell` do, with the result keys that they have in Ansible. */
export async function execute(
  params: ExecParams,
  command: ExecRequest,
  shown: string | readonly string[],
  context: ActionContext,
): Promise<ActionResult> {
  const settled = await settledBy(params, context);
  if (settled) {
    const [path, how] = settled;
    const stdout = `skipped, since ${path} ${how}`;
    return {
      msg: `Did not run command since '${path}' ${how}`,
      data: { cmd: shown, rc: 0, stdout, stderr: '', stdout_lines: [stdout], stderr_lines: [] },
    };
  }
  if (context.check) {
    // creates or removes has decided: it would run.
    if (params.creates !== undefined || params.removes !== undefined) {
      return { changed: true, msg: 'Command would have run if not in check mode', data: { cmd: shown } };
    }
    return {
      skipped: true,
      msg: 'Command would have run if not in check mode',
      data: { cmd: shown, ...NOT_RUN },
    };
  }
  const started = new Date();
  const output = await context.exec(withStdin(params, command));
  const ended = new Date();
  const strip = params.strip_empty_ends ?? true;
  const stdout = strip ? output.stdout.replace(/[\r\n]+$/, '') : output.stdout;
  const stderr = strip ? output.stderr.replace(/[\r\n]+$/, '') : output.stderr;
  return {
    changed: true,
    failed: output.status !== 0,
    ...(output.status === 0 ? {} : { msg: 'non-zero return code' }),
    data: {
      cmd: shown,
      rc: output.status,
      stdout,
      stderr,
      stdout_lines: lines(stdout),
      stderr_lines: lines(stderr),
      start: timestamp(started),
      end: timestamp(ended),
      delta: duration(ended.getTime() - started.getTime()),
      changed: true,
    },
  };
}

/** What only a run can know of a command. */
const NOT_RUN = {
  changed: UNKNOWN,
  rc: UNKNOWN,
  stdout: UNKNOWN,
  stderr: UNKNOWN,
  stdout_lines: UNKNOWN,
  stderr_lines: UNKNOWN,
};

function withStdin(params: ExecParams, command: ExecRequest): ExecRequest {
  const place = params.chdir === undefined ? {} : { chdir: params.chdir };
  if (params.stdin === undefined) return { ...command, ...place };
  return { ...command, ...place, stdin: params.stdin + ((params.stdin_add_newline ?? true) ? '\n' : '') };
}

/** Why the command need not run: the path, and what of it. */
async function settledBy(
  params: ExecParams,
  context: ActionContext,
): Promise<readonly [string, string] | undefined> {
  const { creates, removes, chdir } = params;
  const exists = async (path: string): Promise<boolean> => {
    // The pattern is the user's, as in Ansible; nothing else of it is expanded.
    const output: ShellOutput = await context.exec({
      argv: [
        'sh',
        '-c',
        'IFS=; for f in $1; do [ -e "$f" ] || [ -L "$f" ] && exit 0; done; exit 1',
        'sh',
        path,
      ],
      ...(chdir === undefined ? {} : { chdir }),
    });
    return output.status === 0;
  };
  if (creates !== undefined && (await exists(creates))) return [creates, 'exists'];
  if (removes !== undefined && !(await exists(removes))) return [removes, 'does not exist'];
  return undefined;
}

const lines = (text: string): string[] => (text === '' ? [] : text.split(/\r\n|\n|\r/));

const timestamp = (date: Date): string => date.toISOString().replace('T', ' ').replace('Z', '');

const duration = (ms: number): string => new Date(ms).toISOString().slice(11, 23).replace(/^0/, '');
