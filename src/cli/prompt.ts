import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { EngineError } from '../engine/errors.ts';

/**
 * Asks on the terminal without showing what is typed. An empty answer gives the fallback.
 * @throws EngineError INTERRUPTED on Ctrl-C, and when the input ends
 */
export async function askPassword(question: string, fallback?: string): Promise<string | undefined> {
  if (!process.stdin.isTTY) return nextLine(question, fallback);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({
    input: process.stdin,
    output: silent,
    terminal: true,
  });
  // Only now that the terminal shows nothing: somebody may type at once.
  process.stderr.write(question);
  const closed = once(lines, 'close').then(() => undefined);
  try {
    // Ctrl-C rejects the question, the end of the input leaves it open for ever
    const answer = await Promise.race([lines.question('').catch(() => undefined), closed]);
    if (answer === undefined) throw new EngineError('INTERRUPTED', 'no password was given');
    return answer === '' ? fallback : answer;
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
}

/** Asks whether to run a task, showing what is typed. Anything but yes and continue is no, so is the end of the input. */
export async function askStep(question: string): Promise<'yes' | 'no' | 'continue'> {
  let answer: string | undefined;
  if (process.stdin.isTTY) {
    const lines = createInterface({ input: process.stdin, output: process.stderr });
    // Ctrl-C is for the run
    lines.on('SIGINT', () => {
      process.emit('SIGINT');
      lines.close();
    });
    const closed = once(lines, 'close').then(() => undefined);
    answer = await Promise.race([lines.question(question), closed]);
    lines.close();
  } else {
    process.stderr.write(`${question}\n`);
    answer = pipedLines().shift();
  }
  const word = answer?.trim().toLowerCase();
  if (word === 'y' || word === 'yes') return 'yes';
  return word === 'c' || word === 'continue' ? 'continue' : 'no';
}

/** Lines of an input that is no terminal; several questions take one each. */
let piped: string[] | undefined;

function pipedLines(): string[] {
  piped ??= readFileSync(process.stdin.fd, 'utf8').split(/\r?\n/);
  return piped;
}

function nextLine(question: string, fallback: string | undefined): string | undefined {
  process.stderr.write(`${question}\n`);
  const lines = pipedLines();
  const answer = lines.shift();
  if (answer === undefined || (answer === '' && lines.length === 0 && fallback === undefined)) {
    throw new EngineError('INTERRUPTED', 'no password was given');
  }
  return answer === '' ? fallback : answer;
}
