/** A task that says what a host has; whether that is so is still to be tried. */
export interface Candidate {
  readonly module: 'iface' | 'bridge' | 'bond' | 'vlan' | 'network' | 'domain-nic';
  /** What it is about: `bridge br0` */
  readonly title: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** Parameters without which the task means nothing */
  readonly needs: readonly string[];
}

/** What no task is made of, and why. */
export interface LeftOut {
  readonly name: string;
  readonly reason: string;
}

/** An object without what is undefined, and without lists and mappings that are empty. */
export function tidy<T extends object>(value: T): Partial<T> {
  const kept = Object.entries(value).filter(
    ([, item]) =>
      item !== undefined && !(typeof item === 'object' && item !== null && Object.keys(item).length === 0),
  );
  return Object.fromEntries(kept) as Partial<T>;
}
