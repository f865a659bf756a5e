import type { HostStats, Recap, TaskResult } from './events.ts';

type Mutable = { -readonly [K in keyof HostStats]: HostStats[K] };

/** Counts results as Ansible's PLAY RECAP does. */
export class Stats {
  readonly #hosts = new Map<string, Mutable>();

  #of(host: string): Mutable {
    let stats = this.#hosts.get(host);
    if (!stats) {
      stats = {
        ok: 0,
        changed: 0,
        unreachable: 0,
        failed: 0,
        skipped: 0,
        rescued: 0,
        ignored: 0,
        pending: 0,
        undecided: 0,
        inexact: false,
      };
      this.#hosts.set(host, stats);
    }
    return stats;
  }

  count(host: string, result: TaskResult, rescuable: boolean): void {
    const stats = this.#of(host);
    stats.pending += result.pending.length;
    if (result.undecided !== undefined) stats.undecided++;
    if (result.inexact) stats.inexact = true;
    switch (result.status) {
      case 'changed':
        stats.changed++;
        stats.ok++;
        break;
      case 'ok':
        stats.ok++;
        break;
      case 'skipped':
        stats.skipped++;
        break;
      case 'unreachable':
        if (result.ignored) stats.skipped++;
        stats.unreachable++;
        break;
      case 'failed':
        if (result.ignored) {
          stats.ok++;
          stats.ignored++;
          if (result.data.changed === true) stats.changed++;
        } else if (rescuable) stats.rescued++;
        else stats.failed++;
        break;
    }
  }

  /** A host that failed outside any task. */
  broken(host: string): void {
    this.#of(host).failed++;
  }

  /** The host takes part, even if no task runs on it. */
  touch(host: string): void {
    this.#of(host);
  }

  recap(): Recap {
    return Object.fromEntries(this.#hosts);
  }
}
