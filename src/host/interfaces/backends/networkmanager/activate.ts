import type { Step } from '../../../../engine/module.ts';
import { own } from '../../../own.ts';
import { childrenOf, type Link, portsOf } from '../../link.ts';
import type { Operation } from '../../operation.ts';
import type { Profile } from '../../profile.ts';
import type { Activation } from '../backend.ts';
import { fileStep } from '../file-step.ts';
import { toStep } from '../iproute2/commands.ts';
import { disconnect, load, reapply, remove, up } from './commands.ts';
import { ownPath } from './connections.ts';
import { activeConnection } from './facts.ts';
import { bottomUp } from './order.ts';
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
  const deleted = new Set(operations.flatMap(({ op, link }) => (op === 'delete' ? [link] : [])));
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
    ...strangers.filter(({ op }) => op === 'controller').map(toStep),
    ...operations.filter((operation) => isRest(activation, operation)).map(toStep),
    ...wanted.flatMap((profile) => putBack(profile, own(goal, profile.name))),
  ];
}

const isDefined = ({ before, after }: Activation, name: string): boolean =>
  own(before, name) !== undefined || own(after, name) !== undefined;

/** Virtual devices go with their connection; a connection keeps them from coming back by itself. */
function madeBy({ facts, links }: Activation, name: string): string | undefined {
  const kind = own(links, name)?.kind ?? '';
  return ['bridge', 'bond', 'vlan'].includes(kind) ? activeConnection(facts, name) : undefined;
}

/** Definitions whose live side is to be as they say: those touched, and those that may have gone with them. */
function toBeUp(activation: Activation): readonly Profile[] {
  const { operations, start, stop, goal, links, after, facts, change } = activation;
  const live = operations.length + start.length + stop.length > 0;
  const touched = new Set([...operations.map(({ link }) => link), ...start]);
  const grow = (name: string): void => {
    touched.add(name);
    for (const { name: next } of [...portsOf(goal, name), ...childrenOf(goal, name)]) {
      if (!touched.has(next)) grow(next);
    }
    const on = own(goal, name)?.controller;
    if (on !== undefined && !touched.has(on) && isNew(name)) touched.add(on);
  };
  const isNew = (name: string): boolean => !own(links, name);
  for (const name of [...touched]) grow(name);
  for (const { name } of change.set)
    if (live && activeConnection(facts, name) !== undefined) touched.add(name);
  const found = [...touched].flatMap((name) =>
    own(goal, name)?.up && !stop.includes(name) ? (own(after, name) ?? []) : [],
  );
  return bottomUp(found, after);
}

/** Files that NetworkManager may not know as they are. One that is down and starts by itself would come up. */
function loads({ files, facts, before, stored }: Activation, wanted: readonly Profile[]): readonly Step[] {
  const started = wanted.map(({ name }) => ownPath(name));
  const changed = files.filter(({ path, content }) => content === undefined || isActive(path));
  function isActive(path: string): boolean {
    const profile = Object.values(before).find(
      ({ name, at }) => ownPath(name) === path || at[0]?.file === path,
    );
    return profile !== undefined && activeConnection(facts, profile.name) === uuidOf(profile);
  }
  const there = (path: string): boolean =>
    Object.hasOwn(stored.files, path) || files.some((file) => file.path === path);
  const paths = [...new Set([...started.filter(there), ...changed.map(({ path }) => path)])];
  return paths.length > 0 ? [load(paths)] : [];
}

function connect({ facts, goal, links, after }: Activation, profile: Profile): Step {
  const { name } = profile;
  const uuid = uuidOf(profile);
  const have = own(links, name);
  const foreign = have
    ? portsOf(links, name).filter(
        (port) => !own(after, port.name) && own(goal, port.name)?.controller === name,
      )
    : [];
  const slow = profile.ipv4?.dhcp === true || profile.ipv6?.dhcp === true || profile.ipv6?.autoconf === true;
  const connected = { name, uuid, wait: slow ? 0 : WAIT, ports: foreign.map((port) => port.name) };
  return have && activeConnection(facts, name) === uuid ? reapply(connected) : up(connected);
}

const BY_HAND = new Set<Operation['op']>(['label', 'set-vlans', 'delete-vlans']);

/** What NetworkManager has no words for. */
function isRest({ after }: Activation, operation: Operation): boolean {
  const profile = own(after, operation.link);
  if (!profile) return false;
  if (operation.op === 'sysctl') return !profile.ipv6?.autoconf && !profile.ipv6?.dhcp;
  return BY_HAND.has(operation.op);
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
  const { files, facts, links, goal, before } = activation;
  if (!facts.active) return [];
  const fresh = Object.keys(goal).filter((name) => !own(links, name));
  const active = Object.values(before).filter(({ name }) => activeConnection(facts, name) !== undefined);
  const concerned = new Set(
    toBeUp({ ...activation, goal: links, stop: [], after: before }).map(({ name }) => name),
  );
  const back = bottomUp(
    active.filter(({ name }) => concerned.has(name)),
    before,
  );
  return [
    ...(files.length > 0 ? [load(files.map(({ path }) => path))] : []),
    ...fresh.map((name) => remove(name, undefined)),
    ...back.map((profile) => connect({ ...activation, goal: links, after: before }, profile)),
  ];
}
