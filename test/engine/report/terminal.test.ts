import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { buildSync } from 'esbuild';
import { afterAll, describe, expect, test } from 'vitest';

const directory = mkdtempSync(join(tmpdir(), 'wirebook-terminal-'));
afterAll(() => rmSync(directory, { recursive: true }));
const program = join(directory, 'live-run.mjs');

const hasScript = existsSync('/usr/bin/script');

/** Runs the live view on a real pseudo-terminal; what reached the terminal, byte for byte. */
async function onTerminal(how: 'ends' | 'interrupt' | 'throw' | 'exit'): Promise<string> {
  const child = spawn('script', ['-qec', `stty cols 80 rows 24; node ${program} ${how}`, '/dev/null'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  for await (const chunk of child.stdout) output += String(chunk);
  return output;
}

/** What a terminal shows after these bytes: lines, as far as log-update's few codes go. */
function screen(output: string): string[] {
  const lines: string[] = [''];
  let row = 0;
  let column = 0;
  for (const [, text, code, final] of output.matchAll(
    /([^\u001b\r\n]+|[\r\n])|\u001b\[([?\d;]*)([A-Za-z])/g,
  )) {
    if (text === '\n') row++;
    else if (text === '\r') column = 0;
    else if (text !== undefined) {
      const line = lines[row]!.padEnd(column);
      lines[row] = line.slice(0, column) + text + line.slice(column + text.length);
      column += text.length;
    } else if (final === 'A') row = Math.max(0, row - Number(code || 1));
    else if (final === 'G') column = Number(code || 1) - 1;
    else if (final === 'K') lines[row] = code === '2' ? '' : lines[row]!.slice(0, column);
    else if (final === 'J') lines.splice(row + 1);
    while (lines.length <= row) lines.push('');
  }
  return lines.map((line) => line.trimEnd());
}

describe.skipIf(!hasScript)(
  'on a real terminal (skipped where script(1) is not installed)',
  { timeout: 30_000 },
  () => {
    symlinkSync(resolve('node_modules'), join(directory, 'node_modules'));
    buildSync({
      entryPoints: [join(import.meta.dirname, 'live-run.ts')],
      outfile: program,
      ...{ bundle: true, platform: 'node', format: 'esm', packages: 'external' },
    });

    test('a line a task stays, the spinner and the waiting hosts do not', async () => {
      const output = await onTerminal('ends');
      expect(output).toMatch(/⠋|⠙|⠹|⠸/);
      expect(output).toContain('waiting for kvm3 (1.');
      // A warning shows while the task runs, and stays after it
      expect(output.indexOf('seen at once')).toBeLessThan(output.lastIndexOf('waiting for'));
      expect(cursorIsShown(output)).toBe(true);
      const shown = screen(output).map((line) => line.replace(/\d+\.\d s/, 'N s'));
      expect(shown).toMatchInlineSnapshot(`
        [
          "",
          "KVM hosts  3 hosts, check mode",
          "✔ Quick                                         2 ok  1 changed",
          "✔ Slow                                          2 ok  1 changed  N s",
          "warning: seen at once",
          "",
          "Recap",
          "host                 ok  changed  failed",
          "kvm1…kvm3 (3 hosts)   2        1       0",
          "",
          "3 hosts in N s, check mode",
          "",
        ]
      `);
    });

    test.each(['interrupt', 'throw', 'exit'] as const)('after %s the cursor is there again', async (how) => {
      const output = await onTerminal(how);
      expect(output).toContain('\u001b[?25l');
      expect(cursorIsShown(output)).toBe(true);
    });
  },
);

const cursorIsShown = (output: string): boolean =>
  output.lastIndexOf('\u001b[?25h') > output.lastIndexOf('\u001b[?25l');

test('listr2 is not loaded before it draws', () => {
  const build = buildSync({
    entryPoints: [resolve('src/engine/report/index.ts')],
    ...{
      bundle: true,
      platform: 'node',
      format: 'esm',
      packages: 'external',
      write: false,
      outdir: directory,
    },
  });
  const code = build.outputFiles[0]!.text;
  expect(code).toContain('import("listr2")');
  expect(code).not.toMatch(/from "listr2"/);
});
