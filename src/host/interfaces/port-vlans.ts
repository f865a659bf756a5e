import { isUnknown, type Unknown } from '../../engine/unknown.ts';
import type { Link, PortVlans } from './link.ts';
import type { OperationOf } from './operation.ts';

/** What the kernel gives each new port, unless the bridge says otherwise */
const DEFAULT_VLANS: PortVlans = { pvid: 1, tagged: [], untagged: [1] };

/** What turns one VLAN table of a bridge port into another, consecutive VLANs taken together. */
export function vlanOperations(want: Link, have: Link): OperationOf<'set-vlans' | 'delete-vlans'>[] {
  if (want.vlans === undefined || isUnknown(want.vlans)) return [];
  const wanted = entries(want.vlans);
  const found = entries(have.vlans === undefined || isUnknown(have.vlans) ? DEFAULT_VLANS : have.vlans);
  const gone = [...found.keys()].filter((id) => !wanted.has(id));
  const changed = [...wanted].filter(([id, kind]) => found.get(id) !== kind);
  const self = want.kind === 'bridge';
  const operation = (op: 'set-vlans' | 'delete-vlans', kind: string, [first, last]: Range) => ({
    op,
    link: want.name,
    self,
    first,
    last,
    pvid: kind.includes('pvid'),
    untagged: kind.includes('untagged'),
  });
  return [
    ...ranges(gone).map((range) => operation('delete-vlans', '', range)),
    ...['tagged', 'untagged', 'pvid tagged', 'pvid untagged'].flatMap((kind) =>
      ranges(changed.filter(([, other]) => other === kind).map(([id]) => id)).map((range) =>
        operation('set-vlans', kind, range),
      ),
    ),
  ];
}

type Range = readonly [first: number, last: number];

function ranges(ids: readonly number[]): Range[] {
  const found: [number, number][] = [];
  for (const id of [...ids].sort((a, b) => a - b)) {
    const last = found.at(-1);
    if (last && last[1] === id - 1) last[1] = id;
    else found.push([id, id]);
  }
  return found;
}

function entries({ pvid, tagged, untagged }: PortVlans): Map<number, string> {
  const kind = (id: number, egress: string): [number, string] => [
    id,
    id === pvid ? `pvid ${egress}` : egress,
  ];
  return new Map([...tagged.map((id) => kind(id, 'tagged')), ...untagged.map((id) => kind(id, 'untagged'))]);
}

/** A VLAN table after one of these operations. */
export function withVlans(
  have: PortVlans | Unknown | undefined,
  entry: OperationOf<'set-vlans' | 'delete-vlans'>,
): PortVlans {
  const { pvid, tagged, untagged } = have === undefined || isUnknown(have) ? DEFAULT_VLANS : have;
  const inside = (id: number): boolean => id >= entry.first && id <= entry.last;
  const ids = Array.from({ length: entry.last - entry.first + 1 }, (_, index) => entry.first + index);
  const set = entry.op === 'set-vlans';
  const merge = (list: readonly number[], here: boolean): number[] =>
    [...list.filter((id) => !inside(id)), ...(set && here ? ids : [])].sort((a, b) => a - b);
  const nextPvid = set && entry.pvid ? entry.first : pvid !== undefined && inside(pvid) ? undefined : pvid;
  return {
    ...(nextPvid !== undefined && { pvid: nextPvid }),
    tagged: merge(tagged, !entry.untagged),
    untagged: merge(untagged, entry.untagged),
  };
}
