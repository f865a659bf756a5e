import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { EngineError } from '../engine/errors.ts';

export interface RunOptions {
  /** Sent to the command's standard input */
  input?: string;
  /** Kills the command */
  signal?: AbortSignal | undefined;
  /** Each line of standard error, as it comes */
  onLine?: ((line: string) => void) | undefined;
}

/**
 * Runs a command to its end and gives its standard output.
 * @throws EngineError LAB with the end of its standard error when it does not exit with 0
 */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const [file = '', ...args] = argv;
  const child = spawn(file, args, { stdio: 'pipe', signal: options.signal });
  child.stdin.on('error', () => {}); // A command that does not read its input tells by its exit status
  child.stdin.end(options.input ?? '');
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const lines: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    lines.push(line);
    options.onLine?.(line);
  });
  const status = await exitStatus(child, file);
  if (status !== 0) {
    const said = lines.slice(-5).join('\n').trim();
    throw new EngineError('LAB', `${argv.join(' ')} failed (${status})${said && `:\n${said}`}`);
  }
  return output;
}

function exitStatus(child: ChildProcess, file: string): Promise<number | string> {
  return new Promise((resolve, reject) => {
    child.on('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
    child.on('error', (cause) => {
      reject(new EngineError('LAB', `${file} could not run: ${cause.message}`, { cause }));
    });
  });
}
