import { isDeepStrictEqual } from 'node:util';
import type { Step } from '../../../../engine/module.ts';
import { own } from '../../../own.ts';
import type { Profile } from '../../profile.ts';
import type { Activation } from '../backend.ts';
import { fileStep } from '../file-step.ts';
import { MANAGED } from './unit.ts';

/**
 * A file in /run that makes networkd leave an interface alone, or keeps it as it is (see defer.ts): until the next
 * boot, or until it goes. It comes before all others, so it holds whoever wrote those.
 */
export const markPath = (name: string): string => `/run/systemd/network/00-wirebook-${name}.network`;
export const MARKS = '/run/systemd/network/00-wirebook-*.network';
export const isMark = (path: string): boolean => path.startsWith('/run/systemd/network/00-wirebook-');

export const leaveAlone = (name: string): string =>
  `${MANAGED}\n# Until it is activated, or the host boots\n\n[Match]\nName=${name}\n\n[Link]\nUnmanaged=yes\n`;

/** Names of interfaces that networkd is to leave alone. */
export interface Marks {
  /** As it is */
  readonly before: ReadonlySet<string>;
  /** Text of the marks that keep as it is what is about to change, by interface */
  readonly kept: ReadonlyMap<string, string>;
  /** While links are changed under a definition that is about to be another, and that networkd would bring back */
  readonly during: ReadonlySet<string>;
  /** Those that are down though they come up at boot: networkd would bring them up whenever it reads its files */
  readonly after: ReadonlySet<string>;
}

/** @param managed Interfaces that are networkd's */
export function marksOf(activation: Activation, managed: Iterable<string>): Marks {
  const { stored, after, stop, goal, change, start, operations } = activation;
  const names = [...new Set(managed)];
  const marked = names.filter((name) => Object.hasOwn(stored.files, markPath(name)));
  const before = marked.filter((name) => stored.files[markPath(name)]!.content === leaveAlone(name));
  const touched = new Set([
    ...[...change.set, ...operations.map(({ link }) => ({ name: link }))].map(({ name }) => name),
    ...[...change.remove, ...start, ...stop],
  ]);
  const isDown = (name: string): boolean => Boolean(own(after, name)) && own(goal, name)?.up !== true;
  const stays = (name: string): boolean =>
    touched.has(name)
      ? isDown(name) && (before.includes(name) || stop.includes(name))
      : before.includes(name);
  const kept = marked.filter((name) => !before.includes(name) && touched.has(name));
  return {
    before: new Set(before),
    kept: new Map(kept.map((name) => [name, stored.files[markPath(name)]!.content])),
    during: new Set([...before, ...names.filter((name) => isContested(activation, name))]),
    after: new Set(names.filter(stays)),
  };
}

/**
 * Whether networkd, as long as it has the old definition, would undo what is done to the link: it takes one that has
 * left a bridge, or has come up again, through all of its configuration.
 */
function isContested({ operations, before, after, links }: Activation, name: string): boolean {
  const had = own(before, name);
  if (!had || !own(links, name)) return false;
  const disturbed = operations.some(
    ({ op, link }) => link === name && (op === 'controller' || op === 'down'),
  );
  return disturbed && !isDeepStrictEqual(configuration(had, before), configuration(own(after, name), after));
}

const configuration = (profile: Profile | undefined, all: Readonly<Record<string, Profile>>): unknown[] => {
  const { controller, ipv4, ipv6 } = profile ?? {};
  return [controller, controller === undefined ? undefined : own(all, controller)?.kind, ipv4, ipv6];
};

const different = (from: ReadonlySet<string>, to: ReadonlySet<string>): string[] =>
  [...new Set([...from, ...to])].filter((name) => from.has(name) !== to.has(name));

export const markStep = (name: string, content: string | undefined): Step => ({
  ...fileStep({ path: markPath(name), ...(content !== undefined && { content }) }, {}),
  title: `let systemd-networkd ${content === undefined ? `have ${name}` : content === leaveAlone(name) ? `leave ${name} alone` : `keep ${name} as it is`}`,
  // Of no matter at the next boot
  persists: false,
});

/** Files from one set of marks to another. */
const markSteps = (from: ReadonlySet<string>, to: ReadonlySet<string>): Step[] =>
  different(from, to).map((name) => markStep(name, to.has(name) ? leaveAlone(name) : undefined));

/** When the links are as wanted. */
export const finalMarks = ({ during, kept, after }: Marks): Step[] =>
  markSteps(new Set([...during, ...kept.keys()]), after);

/** Waits until networkd has let go, 3 s at most. */
const RELEASED = `tries=0
while [ $tries -lt 30 ]; do
  wait=
  for link; do
    read -r index <"/sys/class/net/$link/ifindex" || continue
    grep -q '^ADMIN_STATE=unmanaged' "/run/systemd/netif/links/$index" || wait=yes
  done
  [ "$wait" ] || break
  sleep 0.1
  tries=$((tries + 1))
done 2>/dev/null
exit 0`;

/** Before the links change. */
export function holdSteps({ before, during }: Marks): Step[] {
  const held = [...during].filter((name) => !before.has(name));
  if (held.length === 0) return [];
  return [
    ...markSteps(before, during),
    { title: 'let systemd-networkd read its files', argv: ['networkctl', 'reload'] },
    {
      title: `wait for systemd-networkd to leave ${held.join(', ')}`,
      argv: ['sh', '-c', RELEASED, 'sh', ...held],
    },
  ];
}

/** Back to the marks before, from whichever of the others there are. */
export const unmarkSteps = ({ before, kept, during, after }: Marks): Step[] => [
  ...markSteps(new Set([...during, ...after]), before),
  ...markSteps(new Set(), new Set([...before].filter((name) => !after.has(name)))),
  ...[...kept].map(([name, content]) => markStep(name, content)),
];
