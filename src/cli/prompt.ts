import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';

/** Asks on the terminal without showing what is typed. An empty answer gives the fallback. */
export async function askPassword(question: string, fallback?: string): Promise<string | undefined> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  process.stderr.write(question);
  const lines = createInterface({
    input: process.stdin,
    output: silent,
    terminal: process.stdin.isTTY === true,
  });
  try {
    const answer = await lines.question('');
    return answer === '' ? fallback : answer;
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
}
