import { own } from '../../own.ts';
import type { Addressing6, Family, Link, Links } from '../link.ts';

/**
 * Links as they change while a plan is made. A bridge takes its MTU and MAC from its ports until someone sets
 * them; the kernel does not tell whether someone has, so it is remembered here for what this plan does itself
 * (true: set; false: not, since the bridge is new).
 */
export interface Model {
  readonly links: Links;
  readonly pinned: Readonly<Record<string, { readonly mtu?: boolean; readonly mac?: boolean }>>;
}

export const DEFAULT_MTU = 1500;
/** Below it a link has no IPv6 */
export const IPV6_MIN_MTU = 1280;
export const NO_ADDRESSING = { addresses: [], dynamic: [], linkLocal: [], routes: [], learned: [] };

export const put = (model: Model, link: Link): Model => ({
  ...model,
  links: { ...model.links, [link.name]: link },
});

export const change = (model: Model, name: string, fields: Partial<Link>): Model =>
  put(model, { ...own(model.links, name)!, ...fields });

export const pin = (model: Model, name: string, what: { mtu?: boolean; mac?: boolean }): Model => ({
  ...model,
  pinned: { ...model.pinned, [name]: { ...own(model.pinned, name), ...what } },
});

export const changeFamily = (
  model: Model,
  name: string,
  family: Family,
  edit: (have: Addressing6) => Addressing6,
): Model => change(model, name, { [family]: edit(own(model.links, name)![family]) });
