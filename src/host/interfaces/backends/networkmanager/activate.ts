import type { Step } from '../../../../engine/module.ts';
import { own } from '../../../own.ts';
import { childrenOf, type Link, portsOf } from '../../link.ts';
import type { Operation } from '../../operation.ts';
import type { Profile } from '../../profile.ts';
import type { Activation } from '../backend.ts';
import { fileStep } from '../file-step.ts';
import { toStep } from '../iproute2/commands.ts';
import { disconnect, ensure, load, reapply, remove, restart, up } from './commands.ts';
import { ownPath } from './connections.ts';
import { DISPATCHER } from './dispatcher.ts';
import { activeConnection } from './facts.ts';
import { bottomUp } from './order.ts';
import { methodOf } from './render.ts';
import { uuidOf } from './uuid.ts';

/** Seconds for what comes about at once, unless it does not at all. */
const WAIT = 20;

/**
 * Files first; then what is to be down or gone, then NetworkManager is told of the files, then what is to be up is
 * applied in place or activated, what others stand on first; last what NetworkManager has no words for.
 */
export function activate(activation: Activation): readonly Step[] {
  const { files, stored, facts, operations, links, goal, stop } = activation;
  const write = files.map((file) => fileStep(file, stored.files));
  if (!facts.active) return [...write, ...operations.map(toStep)];
  const deleted = deletedBy(activation);
  const down = stop.filter((name) => own(links, name) && !deleted.has(name));
  const wanted = toBeUp(activation);
  const strangers = operations.filter(({ link }) => !isDefined(activation, link));
  return [
    ...write,
    ...[...deleted].map((name) => remove(name, activeConnection(facts, name))),
    ...down.map((name) => disconnect(name, madeBy(activation, name))),
    ...loads(activation, wanted),
    ...strangers.filter(({ op }) => op !== 'controller').map(toStep),
    ...wanted.map((profile) => connect(activation, profile)),
    ...dependents(activation, wanted),
    ...strangers.filter(({ op }) => op === 'controller').map(toStep),
    ...operations.filter((operation) => isRest(activation, operation)).map(toStep),
    ...wanted.flatMap((profile) => putBack(profile, own(goal, profile.name))),
  ];
}

const deletedBy = ({ operations }: Activation): ReadonlySet<string> =>
  new Set(operations.flatMap(({ op, link }) => (op === 'delete' ? [link] : [])));

const isDefined = ({ before, after }: Activation, name: string): boolean =>
  own(before, name) !== undefined || own(after, name) !== undefined;

/** Virtual devices go with their connection; a connection keeps them from coming back by itself. */
function madeBy({ facts, links }: Activation, name: string): string | undefined {
  const kind = own(links, name)?.kind ?? '';
  return ['bridge', 'bond', 'vlan'].includes(kind) ? activeConnection(facts, name) : undefined;
}

const isActive = ({ facts }: Activation, profile: Profile): boolean =>
  activeConnection(facts, profile.name) === uuidOf(profile);

const isWritten = ({ files }: Activation, { name }: Profile): boolean =>
  files.some(({ path, content }) => path === ownPath(name) && content !== undefined);

/** Definitions whose live side is to be as they say, and is not, or may not be. */
function toBeUp(activation: Activation): readonly Profile[] {
  const { operations, start, stop, active = [], goal, after, change } = activation;
  const defined = change.set.filter(
    (profile) =>
      active.includes(profile.name) && (isWritten(activation, profile) || !isActive(activation, profile)),
  );
  const names = new Set([
    ...operations.map(({ link }) => link),
    ...start,
    ...defined.map(({ name }) => name),
  ]);
  const found = [...names].flatMap((name) => own(after, name) ?? []);
  return bottomUp(
    found.filter(({ name }) => own(goal, name)?.up && !stop.includes(name)),
    after,
  );
}

/** What may have gone down with something that was started again. */
function dependents({ goal, after, stop }: Activation, wanted: readonly Profile[]): readonly Step[] {
  const names = new Set<string>();
  const grow = (name: string): void => {
    for (const { name: next } of [...portsOf(goal, name), ...childrenOf(goal, name)]) {
      if (names.has(next)) continue;
      names.add(next);
      grow(next);
    }
  };
  for (const { name } of wanted) grow(name);
  const found = [...names].flatMap((name) => own(after, name) ?? []);
  const back = bottomUp(
    found.filter(({ name }) => own(goal, name)?.up && !stop.includes(name)),
    after,
  );
  return back.length === 0
    ? []
    : [
        ensure(
          back.map(({ name }) => name),
          back.map(uuidOf),
          WAIT,
        ),
      ];
}

/** Files that NetworkManager may not know as they are. One that is down and starts by itself would come up. */
function loads(activation: Activation, wanted: readonly Profile[]): readonly Step[] {
  const { files, before, stored } = activation;
  const ofActive = (path: string): boolean =>
    Object.values(before).some(
      (profile) =>
        (ownPath(profile.name) === path || profile.at[0]?.file === path) && isActive(activation, profile),
    );
  const fileOf = (profile: Profile): string[] =>
    isWritten(activation, profile)
      ? [ownPath(profile.name)]
      : profile.at.map(({ file }) => file).filter((file) => own(stored.files, file) !== undefined);
  const paths = new Set([
    ...wanted.flatMap(fileOf),
    ...files
      .filter(({ path, content }) => path !== DISPATCHER && (content === undefined || ofActive(path)))
      .map(({ path }) => path),
  ]);
  return paths.size > 0 ? [load([...paths])] : [];
}

function connect(activation: Activation, profile: Profile): Step {
  const { goal, links, after } = activation;
  const { name, ipv4, ipv6 } = profile;
  const slow = ipv4?.dhcp === true || ipv6?.dhcp === true || ipv6?.autoconf === true;
  const connected = { name, uuid: uuidOf(profile), wait: slow ? 0 : WAIT };
  if (!isActive(activation, profile) || deletedBy(activation).has(name)) return up(connected);
  const ports = portsOf(links, name).filter(
    (port) => !own(after, port.name) && own(goal, port.name)?.controller === name,
  );
  return (needsRestart(activation, name) ? restart : reapply)({
    ...connected,
    kernel6:
      profile.controller === undefined && methodOf(ipv6 ?? {}, 'ipv6', profile.extra ?? []) === 'ignore',
    ports: ports.map((port) => port.name),
  });
}

/** What a bond takes only while it is down, or has no ports. */
const needsRestart = ({ operations }: Activation, name: string): boolean =>
  operations.some(
    (operation) =>
      operation.link === name &&
      operation.op === 'options' &&
      operation.kind === 'bond' &&
      ['mode', 'fail_over_mac'].some((option) => option in operation.options),
  );

const BY_HAND = new Set<Operation['op']>(['label', 'set-vlans', 'delete-vlans']);
/** What NetworkManager does not do by itself where its definition was so before, and somebody has changed the link. */
const DRIFT = new Set<Operation['op']>(['mtu', 'mac', 'promisc', 'up', 'options']);

/** What NetworkManager has no words for. */
function isRest(activation: Activation, operation: Operation): boolean {
  const profile = own(activation.after, operation.link);
  if (!profile) return false;
  if (operation.op === 'sysctl') return !profile.ipv6?.autoconf && !profile.ipv6?.dhcp;
  if (BY_HAND.has(operation.op)) return true;
  const same = isActive(activation, profile) && !isWritten(activation, profile);
  if (!same || deletedBy(activation).has(profile.name) || needsRestart(activation, profile.name))
    return false;
  if (operation.op !== 'controller') return DRIFT.has(operation.op);
  const { links, goal } = activation;
  return own(links, operation.link)?.controller !== own(goal, operation.link)?.controller;
}

/** NetworkManager takes away what a definition does not say; what a task does not speak of stays as it is. */
function putBack(profile: Profile, link: Link | undefined): Step[] {
  if (!link || profile.controller !== undefined) return [];
  const name = profile.name;
  return (['ipv4', 'ipv6'] as const).flatMap((family) => {
    const stated = profile[family] ?? {};
    const { addresses, gateway, routes } = link[family];
    const lost = addresses.filter((address) => !stated.addresses?.includes(address));
    const bare =
      stated.addresses === undefined && stated.routes === undefined && stated.gateway === undefined;
    const ways = bare ? [...(gateway === undefined ? [] : [{ to: 'default', via: gateway }]), ...routes] : [];
    return [
      ...lost.map((address) => toStep({ op: 'add-address', link: name, family, address })),
      ...ways.map((route) => toStep({ op: 'set-route', link: name, family, route })),
    ];
  });
}

/** Old files are back: what was active is to be so again, and what is new goes. */
export function restore(activation: Activation): readonly Step[] {
  const { files, facts, links, goal, before, operations, start, stop, change } = activation;
  if (!facts.active) return [];
  const connections = files.map(({ path }) => path).filter((path) => path !== DISPATCHER);
  const fresh = Object.keys(goal).filter((name) => !own(links, name));
  const names = new Set([
    ...operations.map(({ link }) => link),
    ...[...start, ...stop, ...change.remove, ...change.set.map(({ name }) => name)],
  ]);
  const back = { ...activation, files: [], goal: links, after: before };
  const active = Object.values(before).filter(
    (profile) => names.has(profile.name) && isActive(back, profile),
  );
  return [
    ...(connections.length > 0 ? [load(connections)] : []),
    ...fresh.map((name) => remove(name, undefined)),
    ...bottomUp(active, before).flatMap((profile) => restored(back, profile)),
    ...dependents(back, active),
  ];
}

/** It may be active as it was, as it should not be any more, or not at all. */
function restored(back: Activation, profile: Profile): Step[] {
  const { name } = profile;
  return own(back.links, name)
    ? [up({ name, uuid: uuidOf(profile), wait: WAIT }), connect(back, profile)]
    : [];
}
