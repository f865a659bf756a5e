import type { Step } from '../../../../engine/module.ts';
import { own } from '../../../own.ts';
import type { Files } from '../../profile.ts';
import type { Activation } from '../backend.ts';
import { fileStep } from '../file-step.ts';
import { isLive, linkSteps, reloadSteps, stopSteps } from './daemon.ts';
import { assign } from './read.ts';
import { MANAGED } from './unit.ts';
import { INACTIVE } from './units.ts';
import { networkFile } from './write.ts';

const RUNTIME = '/run/systemd/network';
const UNTOUCHED = `${MANAGED}\n# Until it is activated, or the host boots\n\n[Link]\nUnmanaged=yes\n`;

/** The links first, so that little is left for networkd to do; then its files; then it reads them. */
export function activate(activation: Activation): Step[] {
  const { stored, files, change, start } = activation;
  const writing = files.map((file) => fileStep(file, stored.files));
  if (!isLive(activation)) return writing;
  const changed = new Set(change.set.map(({ name }) => name));
  const renew = start.filter((name) => !(changed.has(name) && files.length > 0));
  const marks = markSteps(activation);
  const told = files.length > 0 || marks.length > 0 || renew.length > 0;
  return [
    ...linkSteps(activation),
    ...writing,
    ...marks,
    ...(told ? reloadSteps(activation, renew) : []),
    ...(told ? stopSteps(activation) : []),
  ];
}

/** An interface that is down though it comes up at boot: networkd is to leave it alone until then. */
function markSteps({ stored, facts, before, after, change, start, stop, goal }: Activation): Step[] {
  const { network } = assign(stored.files, facts);
  const baseOf = (name: string): string | undefined => {
    if (own(after, name)?.ours || change.set.some((profile) => profile.name === name))
      return networkFile(name);
    const unit = network.get(name);
    const shared = [...network].some(([other, same]) => same === unit && other !== name);
    return shared ? undefined : unit?.base;
  };
  const names = new Set([...change.set.map(({ name }) => name), ...change.remove, ...start, ...stop]);
  return [...names].flatMap((name) => {
    const base = baseOf(name) ?? (own(before, name)?.ours ? networkFile(name) : undefined);
    if (base === undefined) return [];
    const path = `${RUNTIME}/${base}.d/${INACTIVE}`;
    const marked = Object.hasOwn(stored.files, path);
    const down = stop.includes(name) && own(after, name) !== undefined && own(goal, name)?.up !== true;
    if (down === marked) return [];
    return [fileStep({ path, ...(down && { content: UNTOUCHED }) }, noFiles)].map((step) => ({
      ...step,
      persists: false,
      title: down ? `let systemd-networkd leave ${name} alone` : `let systemd-networkd have ${name}`,
    }));
  });
}

const noFiles: Files = {};

export const restore = (_: Activation): Step[] => [
  { title: 'let systemd-networkd read its files', argv: ['networkctl', 'reload'] },
];

export const evidence = (_: readonly string[]): string[] => [
  ...['journalctl', '-u', 'systemd-networkd', '-n', '20', '--no-pager', '-o', 'cat'],
];
