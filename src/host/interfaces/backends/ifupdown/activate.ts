import { isDeepStrictEqual } from 'node:util';
import type { Step } from '../../../../engine/module.ts';
import { own } from '../../../own.ts';
import type { Profile } from '../../profile.ts';
import type { Activation } from '../backend.ts';
import { fileStep } from '../file-step.ts';
import { toStep } from '../iproute2/commands.ts';
import type { Links } from '../../link.ts';
import type { Operation } from '../../operation.ts';
import { ruleSteps } from '../rules.ts';
import { endLeases, wantsLease } from './lease.ts';
import { forget, hasCommands, hasDownCommands, record, type Start, takeDown } from './record.ts';
import { physicalName } from './profiles.ts';
import { hasStanza } from './write.ts';

/**
 * `ifdown` of a bridge would throw guests off it, so the live side is changed by exact operations, and ifup's record
 * of what is up is brought in line. DHCP clients, and commands that people have put into a definition, are run as ifup
 * runs them.
 */
export function activate(activation: Activation): readonly Step[] {
  const { stored, files, operations, before } = activation;
  const change = new Change(activation);
  const down = change.goingDown.flatMap((name) => own(before, name) ?? []).filter(hasDownCommands);
  const gone = [...change.leaseEnds, ...down.map(({ name }) => name)];
  return [
    ...endLeases(change.leaseEnds),
    ...takeDown(change.isSecond ? [] : down),
    ...(change.isLive ? ruleSteps(activation, 'del') : []),
    ...files.map((file) => fileStep(file, stored.files)),
    ...operations.map((operation) => tolerant(operation, gone)),
    ...(change.isLive ? ruleSteps(activation, 'add') : []),
    ...(change.isSecond ? secondSteps(change) : recordSteps(change)),
  ];
}

/** ifdown, or the end of a lease, has taken addresses and routes away already. */
function tolerant(operation: Operation, gone: readonly string[]): Step {
  const step = toStep(operation);
  const isGone = operation.op === 'delete-address' || operation.op === 'delete-route';
  return isGone && gone.includes(operation.link) ? { ...step, success: [0, 2] } : step;
}

function recordSteps(change: Change): Step[] {
  const again = change.leaseStarts.filter((name) => change.recorded.has(name));
  const refreshed = change.refreshed.map((name) => change.start(name));
  return [
    ...forget([...new Set([...change.goingDown, ...change.aliases, ...change.stale, ...again])]),
    ...record(change.comingUp.map((name) => change.start(name))),
    ...record(refreshed, '--force'),
  ];
}

/** ifupdown2 keeps no such record, and its `ifup` changes only what is not as defined. */
const secondSteps = ({ leaseStarts, refreshed }: Change): Step[] =>
  leaseStarts.length + refreshed.length === 0
    ? []
    : [
        {
          title: `start DHCP on ${[...leaseStarts, ...refreshed].join(', ')}`,
          argv: ['ifup', ...leaseStarts, ...refreshed],
          timeout: 180,
        },
      ];

/** The old files are back: ifup's record becomes what it was, and clients run where they ran. */
export function restore({ facts, before, after, links, goal }: Activation): readonly Step[] {
  if (facts.facts.flavour === 'ifupdown2') return [];
  const recorded = new Set(facts.facts.up?.split('\n'));
  const isUp = (all: Links, name: string): boolean => own(all, name)?.up === true;
  const had = (name: string): boolean => recorded.has(name) && wantsLease(own(before, name));
  const has = (name: string): boolean => isUp(goal, name) && wantsLease(own(after, name));
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const changed = names.filter(
    (name) =>
      isUp(links, name) !== isUp(goal, name) || !isDeepStrictEqual(own(before, name), own(after, name)),
  );
  const was = changed.filter((name) => recorded.has(name) && hasStanza(own(before, name)));
  const leases = changed.filter((name) => had(name) !== has(name));
  return [
    ...endLeases(leases.filter(has)),
    ...forget(changed.filter((name) => !was.includes(name) || leases.includes(name))),
    ...record(
      was.map((name) => ({
        profile: own(before, name)!,
        lease: leases.includes(name) && had(name),
        commands: false,
      })),
    ),
  ];
}

/** What an activation means for ifup. */
class Change {
  readonly #activation: Activation;
  /** Whether the live side is to be touched at all */
  readonly isLive: boolean;
  readonly recorded: ReadonlySet<string>;
  readonly #records: readonly string[];
  readonly isSecond: boolean;

  constructor(activation: Activation) {
    const { operations, start, stop, active = [], facts, before } = activation;
    this.#activation = activation;
    this.isLive = operations.length + start.length + stop.length + active.length > 0;
    this.#records = facts.facts.up?.split('\n') ?? [];
    this.recorded = new Set(
      this.#records.filter((name) => name.includes(':') || hasStanza(own(before, name))),
    );
    this.isSecond = facts.facts.flavour === 'ifupdown2';
  }

  get #names(): string[] {
    const { before, after } = this.#activation;
    return [...new Set([...Object.keys(before), ...Object.keys(after)])];
  }

  #before(name: string): Profile | undefined {
    return own(this.#activation.before, name);
  }

  #after(name: string): Profile | undefined {
    return own(this.#activation.after, name);
  }

  #isUp(name: string): boolean {
    return own(this.#activation.goal, name)?.up === true;
  }

  #isSet(name: string): boolean {
    return this.#activation.change.set.some((profile) => profile.name === name);
  }

  get leaseEnds(): string[] {
    const keeps = (name: string): boolean => this.#isUp(name) && wantsLease(this.#after(name));
    const ends = this.#names.filter((name) => wantsLease(this.#before(name)) && !keeps(name));
    return this.isLive ? [...ends, ...this.leaseStarts.filter((name) => this.#records.includes(name))] : [];
  }

  get leaseStarts(): string[] {
    const { start } = this.#activation;
    const isDue = (name: string): boolean =>
      start.includes(name) || !wantsLease(this.#before(name)) || !this.recorded.has(name);
    return this.#names.filter(
      (name) => this.isLive && this.#isUp(name) && wantsLease(this.#after(name)) && isDue(name),
    );
  }

  /** To be struck off: down now, or without a definition */
  get goingDown(): string[] {
    return this.#names.filter(
      (name) =>
        this.recorded.has(name) && (!hasStanza(this.#after(name)) || (this.isLive && !this.#isUp(name))),
    );
  }

  /** Recorded, though whoever took the definition away has not told ifdown */
  get stale(): string[] {
    const { start, stop, active = [] } = this.#activation;
    const names = new Set([...start, ...stop, ...active]);
    return this.#records.filter((name) => !this.recorded.has(name) && names.has(name));
  }

  /** `eth0:1` of people, now part of eth0 or gone */
  get aliases(): string[] {
    const { set, remove } = this.#activation.change;
    const changed = new Set([...remove, ...set.map(({ name }) => name)]);
    return [...this.recorded].filter((name) => name.includes(':') && changed.has(physicalName(name)));
  }

  /** To be recorded: wanted up, or up now */
  get comingUp(): string[] {
    const { start, active = [], links } = this.#activation;
    const isDue = (name: string): boolean =>
      [...start, ...active].includes(name) || this.#isSet(name) || own(links, name)?.up !== true;
    const plain = this.#names.filter(
      (name) =>
        this.isLive &&
        hasStanza(this.#after(name)) &&
        this.#isUp(name) &&
        !this.recorded.has(name) &&
        isDue(name),
    );
    return [...new Set([...plain, ...this.leaseStarts])];
  }

  /** Up, and what its hooks must be told has changed */
  get refreshed(): string[] {
    const dns = (profile: Profile | undefined): unknown => [profile?.ipv4?.dns, profile?.ipv6?.dns];
    return this.#names.filter(
      (name) =>
        this.isLive &&
        this.#isUp(name) &&
        this.recorded.has(name) &&
        hasStanza(this.#after(name)) &&
        !this.leaseStarts.includes(name) &&
        !isDeepStrictEqual(dns(this.#before(name)), dns(this.#after(name))),
    );
  }

  start(name: string): Start {
    const profile = this.#after(name)!;
    const wasDown = own(this.#activation.links, name)?.up !== true;
    return {
      profile,
      lease: this.leaseStarts.includes(name),
      commands: this.isLive && wasDown && hasCommands(profile),
    };
  }
}
