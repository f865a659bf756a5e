/** The rows of the table: which fault meets which backend, when, and what came of it. */
import type { Backend } from '../../src/lab/backends.ts';
import { Random } from '../host/guard/random.ts';
import { MISTAKES, type Mistake } from './changes.ts';
import { FAULTS, type Fault, type FaultName, type Moment } from './faults.ts';

/** As the inventory calls them, and as the lab does. */
export const BACKENDS = {
  iproute2: 'none',
  networkd: 'networkd',
  networkmanager: 'networkmanager',
  ifupdown: 'ifupdown',
  netplan: 'netplan',
} as const satisfies Record<string, Backend>;
type BackendName = keyof typeof BACKENDS;
export const NAMES = Object.keys(BACKENDS) as BackendName[];

/** Each backend meets each of them in turn: their number and that of the backends have no common divisor. */
const KINDS: readonly (FaultName | Mistake)[] = [
  ...MISTAKES,
  'link cut',
  'link cut shortly',
  'controller killed',
  'controller killed',
  'supervisor killed',
  'disk full',
  'reboot',
  'power cut',
];

export interface Planned {
  readonly number: number;
  readonly backend: BackendName;
  readonly fault: FaultName | Mistake;
  readonly moment: Moment | undefined;
  /** Milliseconds after the moment */
  readonly delay: number;
  /** Chooses the change */
  readonly choice: number;
}

export interface Row extends Planned {
  readonly change: string;
  /** Whether the moment came */
  readonly happened: boolean;
  readonly outcome: 'before' | 'after' | 'neither';
  /** From the fault until the host was reached with nothing under way; undefined: it was not */
  readonly seconds: number | undefined;
  /** Why it is a failure; none */
  readonly failures: readonly string[];
}

/** A row of a seed's table, by its number from 1. */
export function planRow(seed: number, number: number): Planned {
  const order = new Random(seed);
  const kinds = shuffled(KINDS, order);
  const random = new Random(seed * 1_000_003 + number);
  const backend = NAMES[(number - 1) % NAMES.length]!;
  const fits = (kind: FaultName | Mistake): boolean => !(backend === 'iproute2' && faultOf(kind)?.reboots);
  const fault = [...kinds, ...kinds].slice((number - 1) % kinds.length).find(fits)!;
  const known = faultOf(fault);
  return {
    number,
    backend,
    fault,
    moment: known ? random.one(known.moments) : undefined,
    delay: known ? random.below(known.within) : 0,
    choice: random.below(1000),
  };
}

export const faultOf = (kind: FaultName | Mistake): Fault | undefined =>
  Object.hasOwn(FAULTS, kind) ? FAULTS[kind as FaultName] : undefined;

function shuffled<T>(list: readonly T[], random: Random): T[] {
  const rest = [...list];
  return list.map(() => rest.splice(random.below(rest.length), 1)[0]!);
}
