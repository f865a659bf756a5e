/** The faults of one host. */
import { availableParallelism, loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { rebootHost } from '../../src/lab/power.ts';
import type { Ended, Running } from '../integration/program.ts';
import { type Change, goodChanges, type Mistake, wrongChanges } from './changes.ts';
import type { Fault, Moment } from './faults.ts';
import { framesSent, STORM } from './frames.ts';
import { errorsOf, type FaultedHost, within } from './host.ts';
import { differences, leftovers, type Snapshot, snapshot, storedDifferences } from './judge.ts';
import { faultOf, type Planned, type Row } from './rows.ts';
import { Watch } from './shell.ts';

/** Seconds to make a change and to take it back: on idle cores, and longer on those that others use too. */
const patience = (): number => 20 * Math.max(1, (loadavg()[0] ?? 0) / availableParallelism());

/** The faults of one host, one after the other. */
export class Session {
  readonly #host: FaultedHost;
  /** What a change gives that nothing happened to, by change */
  readonly #references = new Map<string, Snapshot>();

  constructor(host: FaultedHost) {
    this.#host = host;
  }

  async row(planned: Planned): Promise<Row> {
    const { places } = this.#host;
    const fault = faultOf(planned.fault);
    const changes = fault ? goodChanges(places) : wrongChanges(planned.fault as Mistake, places);
    const change = changes[planned.choice % changes.length]!;
    const row = {
      ...planned,
      change: change.title,
      happened: false,
      outcome: 'neither',
      seconds: undefined,
    } as const;
    try {
      return await this.#row(row, change, fault);
    } catch (error) {
      const traces = await this.#host.traces();
      // The next fault is not to begin from what this one left
      await this.#host.fresh();
      return { ...row, failures: [(error as Error).message, ...traces] };
    }
  }

  async #row(row: Omit<Row, 'failures'>, change: Change, fault: Fault | undefined): Promise<Row> {
    const host = this.#host;
    const from = host.places[change.from];
    const to = host.places[change.to];
    const failures: string[] = [];
    await host.toBase(change.base, from);
    const before = await snapshot(host.shell);
    const sent = await framesSent(host.folder, host.host);

    const { happened, ended, found } = await this.#happen(row, change, fault);
    if (!found) throw new Error(`the host is not reached at ${from.address} or ${to.address}`);
    const limit = host.timeout + patience() + (fault?.longer ?? 0);
    const { seconds } = found;
    if (seconds > limit) failures.push(`it took ${seconds.toFixed(1)} s, more than ${limit.toFixed(0)} s`);

    const have = await this.#calm(before);
    const frames = (await framesSent(host.folder, host.host)) - sent;
    if (frames > STORM) failures.push(`a loop: the host sent ${frames} frames`);
    const goal = change.right ?? change.tasks;
    const again = await host.run(goal, found.place);
    const after = await host.reached([to], 60);
    if (!after) throw new Error(`after the next run the host is not reached at ${to.address}`);
    const { changed } = await host.run(goal, to);
    if (changed > 0) failures.push(`the run after the next still changes ${changed}`);
    await host.settled();
    const last = await snapshot(host.shell);
    failures.push(...leftovers(last), ...(await this.#unfinished()));

    const reboots = happened && fault?.reboots === true;
    const outcome = await this.#judge(change, { before, have, last }, reboots, failures);
    if (outcome === 'after' && again.changed > 0) failures.push('the next run still changed something');
    failures.push(...contradictions(outcome, change, ended));
    return { ...row, happened, outcome, seconds, failures };
  }

  /** Starts the change, has the fault happen, and finds the host again. */
  async #happen({ moment, delay }: Planned, change: Change, fault: Fault | undefined) {
    const host = this.#host;
    const watch = new Watch(host.folder, host.host);
    try {
      if (!(await watch.until('watching', sleep(20_000)))) throw new Error('the host cannot be watched');
      let since = performance.now();
      if (moment === 'before') await fault!.inject(host);
      const run = host.startChange(change.tasks, host.places[change.from]);
      const happened = !fault || moment === 'before' || (await this.#comes(watch, moment!, run));
      if (fault && happened && moment !== 'before') {
        await sleep(delay);
        since = performance.now();
        await fault.inject(host);
      }
      if (happened) await fault?.heal?.(host);
      const ending = within(run, 300);
      const places = [host.places[change.from], host.places[change.to]];
      // A controller that lives may take longer to find the host than the host to be there
      const over = happened && fault?.reboots ? host.settled() : ending.then(() => host.settled());
      const end = (step: string): Promise<unknown> => watch.until(step, over);
      await Promise.race([over, end('rolledback'), end('confirmed')]);
      await host.reached(places, 60);
      const seconds = (performance.now() - (fault ? since : (watch.seen.get('steps') ?? since))) / 1000;
      await over;
      const place = await host.reached(places, 60);
      return { happened, ended: await ending, found: place && { place, seconds } };
    } finally {
      watch.close();
    }
  }

  async #comes(watch: Watch, moment: Moment, run: Running): Promise<boolean> {
    if (moment === 'start') return true;
    // A moment that was too short to be seen has come with the next one
    if (moment === 'begun') {
      await Promise.race([watch.until('begun', run.ended), watch.until('open', run.ended)]);
      return watch.seen.has('begun') || watch.seen.has('open');
    }
    if (moment !== 'waiting') return watch.until(moment, run.ended);
    if (!(await watch.until('steps', run.ended))) return false;
    await this.#host.killController();
    return watch.until('done', sleep(20_000));
  }

  /** What the host has, once it is as before or does not change any more. */
  async #calm(before: Snapshot): Promise<Snapshot> {
    let last = await snapshot(this.#host.shell);
    for (let look = 0; look < 8 && differences(last, before).length > 0; look++) {
      await sleep(500);
      const next = await snapshot(this.#host.shell);
      if (look > 1 && differences(next, last).length === 0) break;
      last = next;
    }
    return last;
  }

  /** Whether the host was as before or as after, as a whole; `last` is what the same change gave in the end. */
  async #judge(
    change: Change,
    { before, have, last }: { before: Snapshot; have: Snapshot; last: Snapshot },
    reboots: boolean,
    failures: string[],
  ): Promise<Row['outcome']> {
    const gone = differences(have, before);
    if (gone.length === 0) return 'before';
    const way = change.right ? 'made right' : 'made';
    const after = await this.#reference(change, way);
    const unlike = differences(last, after, { before, booted: reboots });
    if (unlike.length > 0)
      failures.push(`in the end it is not as after a run without a fault: ${unlike.join('; ')}`);
    const missing = differences(have, after, { before });
    if (missing.length === 0) return 'after';
    if (reboots) {
      if (storedDifferences(have, before).length === 0) {
        const booted = await this.#reference(change, 'not made, rebooted');
        if (differences(have, booted).length === 0) return 'before';
      } else if (storedDifferences(have, after).length === 0) {
        const booted = await this.#reference(change, `${way}, rebooted`);
        if (differences(have, booted, { before }).length === 0) return 'after';
      }
    }
    failures.push(`not as before: ${gone.join('; ')}; and not as after: ${missing.join('; ')}`);
    return 'neither';
  }

  /** What a change gives that nothing happens to. */
  async #reference(change: Change, way: string): Promise<Snapshot> {
    const key = `${change.title} ${change.from} ${way}`;
    const known = this.#references.get(key);
    if (known) return known;
    const host = this.#host;
    await host.toBase(change.base, host.places[change.from]);
    if (!way.startsWith('not')) {
      await host.run(change.right ?? change.tasks, host.places[change.from]);
      await host.settled();
    }
    if (way.endsWith('rebooted')) {
      await rebootHost(host.folder, host.host);
      host.shell.close();
    }
    await sleep(2000);
    const made = await snapshot(host.shell);
    this.#references.set(key, made);
    return made;
  }

  /** Journals and units of changes that are not over. */
  async #unfinished(): Promise<string[]> {
    const left = await this.#host.shell.run(`cd /var/lib/wirebook/txn
for journal in *; do [ -e "$journal/confirmed" ] || [ -e "$journal/rolledback" ] || echo "journal $journal: $(ls "$journal" | tr '\n' ' ')"; done
systemctl list-units --plain --no-legend 'wirebook-*' | sed 's/^/unit /'
for lock in lock txn.lock; do
  [ ! -e /run/wirebook/$lock ] || flock -n /run/wirebook/$lock true || echo "$lock is taken"
done`);
    return left.split('\n').filter((line) => line !== '');
  }
}

/** What the run said that is not so. */
function contradictions(outcome: Row['outcome'], change: Change, ended: Ended): string[] {
  if (ended.signal) return [];
  const codes = errorsOf(ended).map(({ code }) => code);
  const found: string[] = [];
  if (ended.code === 0 && outcome === 'before') found.push('the run said that it made the change');
  if (codes.includes('ROLLED_BACK') && outcome === 'after')
    found.push('the run said that it was rolled back');
  if (ended.code === 0 && change.right) found.push('the run confirmed what cannot work');
  return found;
}
