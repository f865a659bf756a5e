/** Where the nodes of a host stand: in columns, what carries to the left of what it carries. */
import type { GraphEdge, HostGraph, NodeKind } from '../../host/graph.ts';

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Placed extends Size {
  readonly id: string;
  readonly x: number;
  readonly y: number;
}

/** An edge as points from left to right; it goes around what stands between. */
export interface Route {
  readonly edge: GraphEdge;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Layout extends Size {
  readonly nodes: ReadonlyMap<string, Placed>;
  readonly routes: readonly Route[];
}

const COLUMN_OF: Readonly<Record<NodeKind, number>> = {
  nic: 0,
  other: 0,
  bond: 1,
  vlan: 2,
  bridge: 3,
  network: 4,
  guest: 5,
};
/** Between columns, and between nodes of one */
const GAP_X = 64;
const GAP_Y = 16;
const SWEEPS = 8;

/** A node, or a place where an edge passes a column. */
interface Slot {
  readonly id: string;
  readonly size: Size;
  before: Slot[];
  after: Slot[];
  /** Middle */
  y: number;
}

export function layOut({ nodes, edges }: HostGraph, sizeOf: (id: string) => Size): Layout {
  const columns = usedColumns(nodes, edges);
  const slots = new Map<string, Slot>();
  const rows: Slot[][] = Array.from({ length: Math.max(0, ...columns.values()) + 1 }, () => []);
  const slot = (id: string, column: number, size: Size): Slot => {
    const made: Slot = { id, size, before: [], after: [], y: 0 };
    rows[column]!.push(made);
    return made;
  };
  for (const { id } of nodes) slots.set(id, slot(id, columns.get(id)!, sizeOf(id)));
  const chains = edges.map((edge) => {
    const [start, end] = [slots.get(edge.from)!, slots.get(edge.to)!];
    const [first, last] = [columns.get(edge.from)!, columns.get(edge.to)!];
    const between = Array.from({ length: Math.max(0, last - first - 1) }, (_, index) =>
      slot('', first + 1 + index, { width: 0, height: 0 }),
    );
    const chain = [start, ...between, end];
    for (const [index, next] of chain.slice(1).entries()) {
      chain[index]!.after.push(next);
      next.before.push(chain[index]!);
    }
    return { edge, chain };
  });
  arrange(rows);
  const widths = rows.map((row) => Math.max(0, ...row.map(({ size }) => size.width)));
  const lefts = widths.map((_, column) =>
    widths.slice(0, column).reduce((sum, width) => sum + width + GAP_X, 0),
  );
  const top = Math.min(0, ...rows.flat().map(({ y, size }) => y - size.height / 2));
  const bottom = Math.max(0, ...rows.flat().map(({ y, size }) => y + size.height / 2));
  const placed = new Map<string, Placed>();
  for (const [column, row] of rows.entries()) {
    for (const { id, size, y } of row) {
      if (id !== '')
        placed.set(id, {
          id,
          x: lefts[column]!,
          y: y - size.height / 2 - top,
          ...size,
          width: widths[column]!,
        });
    }
  }
  const columnOf = (one: Slot): number => rows.findIndex((row) => row.includes(one));
  const routes = chains.map(({ edge, chain }) => ({
    edge,
    points: chain.flatMap((one, index): [number, number][] => {
      const column = columnOf(one);
      const left: [number, number] = [lefts[column]!, one.y - top];
      const right: [number, number] = [lefts[column]! + widths[column]!, one.y - top];
      if (index === 0) return [right];
      return index === chain.length - 1 ? [left] : [left, right];
    }),
  }));
  const width = (lefts.at(-1) ?? 0) + (widths.at(-1) ?? 0);
  return { nodes: placed, routes, width, height: bottom - top };
}

/** The column of each node: that of its kind, or further right of all that carries it; empty ones are left out. */
function usedColumns(nodes: HostGraph['nodes'], edges: readonly GraphEdge[]): Map<string, number> {
  const columns = new Map(nodes.map(({ id, kind }) => [id, COLUMN_OF[kind]]));
  // As many rounds as the longest path has steps; a circle would need more, and is cut there
  for (let round = 0; round < nodes.length; round++) {
    let settled = true;
    for (const { from, to } of edges) {
      if (columns.get(to)! > columns.get(from)!) continue;
      columns.set(to, columns.get(from)! + 1);
      settled = false;
    }
    if (settled) break;
  }
  const used = [...new Set(columns.values())].sort((a, b) => a - b);
  return new Map([...columns].map(([id, column]) => [id, used.indexOf(column)]));
}

/** Orders each column by where its neighbours are, and moves it as near to them as it gets. */
function arrange(rows: Slot[][]): void {
  for (const row of rows)
    stack(
      row,
      row.map((_, index) => index * 80),
    );
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const forward = sweep % 2 === 0;
    const order = forward ? rows : rows.toReversed();
    for (const row of order) {
      const side = (one: Slot): Slot[] => (forward ? one.before : one.after);
      const wish = new Map(row.map((one) => [one, mean(side(one).map(({ y }) => y)) ?? one.y]));
      if (sweep < SWEEPS - 2) row.sort((a, b) => wish.get(a)! - wish.get(b)!);
      stack(
        row,
        row.map((one) => mean([...one.before, ...one.after].map(({ y }) => y)) ?? one.y),
      );
    }
  }
}

const mean = (values: readonly number[]): number | undefined =>
  values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;

/** Puts slots one below the other, each as near to its wish as the others let it (pool adjacent violators). */
function stack(row: readonly Slot[], wishes: readonly number[]): void {
  const offsets: number[] = [];
  for (const [index, { size }] of row.entries()) {
    const above = row[index - 1];
    offsets.push(above ? offsets[index - 1]! + (above.size.height + size.height) / 2 + GAP_Y : 0);
  }
  const blocks: { sum: number; count: number }[] = [];
  for (const [index, wish] of wishes.entries()) {
    blocks.push({ sum: wish - offsets[index]!, count: 1 });
    for (let last = blocks.length - 1; last > 0; last--) {
      const [above, below] = [blocks[last - 1]!, blocks[last]!];
      if (above.sum / above.count <= below.sum / below.count) break;
      blocks.splice(last - 1, 2, { sum: above.sum + below.sum, count: above.count + below.count });
    }
  }
  const starts = blocks.flatMap(({ sum, count }) => Array<number>(count).fill(sum / count));
  for (const [index, one] of row.entries()) one.y = starts[index]! + offsets[index]!;
}
