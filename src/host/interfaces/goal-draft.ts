import type { Claim } from '../../engine/module.ts';
import { own } from '../own.ts';
import type { Model } from './effects/model.ts';
import type { Link, Links } from './link.ts';

/** The links as a task wants them, in the making. */
export class GoalDraft {
  model: Model;
  readonly claims: Claim[] = [];
  readonly warnings: string[] = [];

  constructor(links: Links) {
    this.model = { links, pinned: {} };
  }

  link(name: string): Link {
    return own(this.model.links, name)!;
  }

  /** Changes fields of a link without any consequence */
  set(name: string, fields: Partial<Link>): void {
    this.put({ ...this.link(name), ...fields });
  }

  put(link: Link): void {
    const { name } = link;
    this.model = { ...this.model, links: { ...this.model.links, [name]: link } };
  }

  claim(...path: string[]): void {
    this.claims.push(['links', ...path]);
  }
}
