import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { EngineError } from '../engine/errors.ts';

/**
 * Asks on the terminal without showing what is typed. An empty answer gives the fallback.
 * @throws EngineError INTERRUPTED on Ctrl-C, and when the input ends
 */
export async function askPassword(question: string, fallback?: string): Promise<string | undefined> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({
    input: process.stdin,
    output: silent,
    terminal: process.stdin.isTTY === true,
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
