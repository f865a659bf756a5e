import { isDeepStrictEqual } from 'node:util';
import type { FieldDiff, Pending } from '../module.ts';
import type { Palette } from './options.ts';
import { oneLine, plainValue } from './text.ts';

/** Longest cell of a table; with longer ones the values stand below each other. */
const WIDEST = 36;

/**
 * Wanted against found, an object at a time; what is stored and what is live in columns of their own where that makes a
 * difference.
 * ```
 * bridge br0   wanted  stored  live
 *   mtu        9000    1500    1500
 * ```
 */
export function formatDiff(diff: readonly FieldDiff[], colors: Palette): string[] {
  const objects = new Map<string, FieldDiff[]>();
  for (const field of diff) objects.set(field.object, [...(objects.get(field.object) ?? []), field]);
  return [...objects].flatMap(([object, fields]) => formatObject(object, fields, colors));
}

function formatObject(object: string, fields: readonly FieldDiff[], colors: Palette): string[] {
  const both = fields.some(isTwofold);
  const cells = fields.map((field) => [
    `  ${oneLine(field.field)}`,
    plainValue(field.want),
    ...(both
      ? [found(field, 'stored'), found(field, 'live')]
      : [found(field, field.live === undefined ? 'stored' : 'live')]),
  ]);
  const header = [oneLine(object), 'wanted', ...(both ? ['stored', 'live'] : ['found'])];
  if (cells.some((row) => row.slice(1).some((cell) => cell.length > WIDEST))) {
    return [colors.bold(header[0]!), ...cells.flatMap((row) => stacked(row, header, colors))];
  }
  const widths = header.map((_, column) => Math.max(...[header, ...cells].map((row) => row[column]!.length)));
  const line = (row: readonly string[], paints: readonly ((text: string) => string)[]): string =>
    row
      .map((cell, column) => {
        const last = column === row.length - 1;
        return paints[column]!(cell) + (last ? '' : ' '.repeat(widths[column]! - cell.length + 2));
      })
      .join('');
  const plain = (text: string): string => text;
  return [
    line(header, [colors.bold, colors.dim, colors.dim, colors.dim]),
    ...cells.map((row) => line(row, [plain, colors.ok, colors.failed, colors.failed])),
  ];
}

/** Whether what is stored and what is live must be told apart: one of them is not as wanted, or not as the other. */
function isTwofold({ want, stored, live }: FieldDiff): boolean {
  if (stored === undefined || live === undefined) return isDeepStrictEqual(stored ?? live, want);
  return !isDeepStrictEqual(stored, live);
}

function stacked(
  [field, want, ...rest]: readonly string[],
  header: readonly string[],
  colors: Palette,
): string[] {
  return [
    `${field}`,
    ...rest.map((value, index) =>
      colors.failed(`    - ${value}${rest.length > 1 ? ` (${header[index + 2]})` : ''}`),
    ),
    colors.ok(`    + ${want}`),
  ];
}

const found = (field: FieldDiff, where: 'stored' | 'live'): string =>
  field[where] === undefined ? '-' : plainValue(field[where]);

/** One difference that is left for later: `network lan: mtu is 1500, wanted 9000, until restart of network lan`. */
export function formatPending({ object, field, want, stored, live, until }: Pending): string {
  const now = live ?? stored;
  const is = now === undefined ? '' : `is ${plainValue(now)}, `;
  return oneLine(`${object}: ${field} ${is}wanted ${plainValue(want)}, until ${until}`);
}
