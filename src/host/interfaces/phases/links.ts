import { isUnknown } from '../../../engine/unknown.ts';
import { own } from '../../own.ts';
import { meets } from '../compare.ts';
import type { Link } from '../link.ts';
import { type Draft, isKind, type Kind } from './draft.ts';

/** Unwanted links, and those that the kernel cannot turn into what is wanted. */
export function remove(draft: Draft): void {
  for (const name of Object.keys(draft.model.links)) {
    const have = own(draft.model.links, name);
    const want = draft.want[name];
    if (have && (!want || isReplaced(want, have))) draft.run({ op: 'delete', link: name });
  }
}

const isReplaced = (want: Link, have: Link): boolean =>
  want.kind !== have.kind ||
  (want.kind === 'vlan' &&
    (want.parent !== have.parent ||
      !meets(want.vlan?.id, have.vlan?.id) ||
      !meets(want.vlan?.protocol, have.vlan?.protocol)));

export function create(draft: Draft): void {
  let again = true;
  while (again) {
    again = false;
    for (const want of Object.values(draft.want)) {
      const ready = want.parent === undefined || own(draft.model.links, want.parent);
      if (own(draft.model.links, want.name) || !ready || !isKind(want.kind)) continue;
      again = true;
      draft.run({
        op: 'add',
        link: want.name,
        kind: want.kind,
        ...(want.parent !== undefined && { parent: want.parent }),
        options: creationOptions(want),
      });
      restoreVlan(draft, want);
    }
  }
}

/** A primary must be a port first, and what is off anyway the kernel may not let be named at all. */
function creationOptions(want: Link): Record<string, unknown> {
  const off = (value: unknown): boolean =>
    value === 0 || value === 'none' || (Array.isArray(value) && value.length === 0);
  return Object.fromEntries(
    Object.entries(want[want.kind as Kind] ?? {}).filter(
      ([option, value]) =>
        !isUnknown(value) && !(want.kind === 'bond' && (option === 'primary' || off(value))),
    ),
  );
}

/** A VLAN that went with its parent gets back what it did not just inherit. */
function restoreVlan(draft: Draft, want: Link): void {
  const old = draft.original[want.name];
  const made = own(draft.model.links, want.name)!;
  if (old?.kind !== 'vlan' || old.parent !== want.parent) return;
  const parent = draft.original[old.parent ?? ''];
  const { name: link } = want;
  if (!isUnknown(old.mac) && old.mac !== parent?.mac && !draft.claims(link, 'mac')) {
    draft.run({ op: 'mac', link, mac: old.mac });
  }
  if (!isUnknown(old.mtu) && !isUnknown(made.mtu) && old.mtu < made.mtu && !draft.claims(link, 'mtu')) {
    draft.run({ op: 'mtu', link, mtu: old.mtu });
  }
}
