import type { Step } from '../../../../engine/module.ts';
import { attr, formatXml } from '../../../libvirt/xml.ts';
import { own } from '../../../own.ts';
import type { Operation } from '../../operation.ts';
import type { Profile } from '../../profile.ts';
import type { Activation } from '../backend.ts';
import { toStep } from '../iproute2/commands.ts';
import { affected, redefinition, transaction } from './change.ts';
import { documents } from './read.ts';
import { destroy, start } from './start.ts';

/**
 * Stops and starts throw guests off their bridge, so the live side is changed by exact operations. Only what has to do
 * with DHCP, which is nobody else's, is stopped and started by libvirt; and what comes up is started by it too, so that
 * it knows.
 */
export function activate(activation: Activation): readonly Step[] {
  const { facts, change, operations, before, after } = activation;
  const uri = facts.facts.uri ?? '';
  const isLive = operations.length + activation.start.length + activation.stop.length > 0;
  const ending = isLive ? leaseEnds(activation) : [];
  const rising = isLive ? risers(activation) : [];
  return [
    ...ending.map((name) => destroy(uri, name)),
    ...transaction(uri, redefinition(before, after, change)),
    ...operations.map((operation) => tolerant(operation, ending)),
    ...rising.flatMap((name) => [
      // It is up by the operations, and then libvirt would not start the client
      ...(wantsLease(own(after, name)) ? [destroy(uri, name)] : []),
      start(uri, name),
    ]),
  ];
}

/** A client that ends takes addresses and routes away, and a virtual link may go with its stop. */
function tolerant(operation: Operation, stopped: readonly string[]): Step {
  const step = toStep(operation);
  const on = 'link' in operation ? operation.link : undefined;
  return on !== undefined && stopped.includes(on) ? { ...step, success: [0, 1, 2] } : step;
}

const wantsLease = (profile: Profile | undefined): boolean =>
  profile?.ipv4?.dhcp === true || profile?.ipv6?.dhcp === true;

const isUp = ({ goal }: Activation, name: string): boolean => own(goal, name)?.up === true;

/** Interfaces with a DHCP client that is to end. */
const leaseEnds = (activation: Activation): string[] =>
  Object.values(activation.before)
    .filter((profile) => wantsLease(profile) && own(activation.links, profile.name)?.up === true)
    .map(({ name }) => name)
    .filter((name) => !isUp(activation, name) || !wantsLease(own(activation.after, name)));

/** Interfaces that come up, or whose client is to begin; what is in another comes up with that. */
const risers = (activation: Activation): string[] =>
  Object.values(activation.after)
    .filter(({ name, controller }) => controller === undefined && isUp(activation, name))
    .map(({ name }) => name)
    .filter((name) => activation.start.includes(name) || own(activation.links, name)?.up !== true);

/** The old definitions as they were, word for word; clients run where they ran. */
export function restore({ facts, change, before, after, links }: Activation): readonly Step[] {
  const uri = facts.facts.uri ?? '';
  const names = [...change.set.map(({ name }) => name), ...change.remove];
  const { undefine, define } = affected(after, before, {
    set: names.flatMap((name) => own(before, name) ?? []),
    remove: names.filter((name) => !own(before, name)),
  });
  const old = documents(facts)
    .map((document) => ({ name: attr(document, 'name') ?? '', xml: formatXml(document) }))
    .filter(({ name }) => define.includes(name));
  const leases = Object.values(before).filter(
    (profile) => wantsLease(profile) && own(links, profile.name)?.up === true,
  );
  return [
    ...transaction(uri, { undefine, define: old }),
    ...leases.filter(({ name }) => !wantsLease(own(after, name))).map(({ name }) => start(uri, name)),
  ];
}
