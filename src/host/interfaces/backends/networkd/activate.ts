import type { Step } from '../../../../engine/module.ts';
import { own } from '../../../own.ts';
import type { Activation } from '../backend.ts';
import { fileStep } from '../file-step.ts';
import { isLive, linkSteps, reloadSteps, stopSteps } from './daemon.ts';
import { changedMarks, markSteps, unmarkSteps } from './marks.ts';
import { assign } from './read.ts';
import { networkFile } from './write.ts';

/** The links first, so that little is left for networkd to do; then its files; then it reads them. */
export function activate(activation: Activation): Step[] {
  const { stored, files, change, start } = activation;
  const writing = files.map((file) => fileStep(file, stored.files));
  if (!isLive(activation)) return writing;
  const changed = new Set(change.set.map(({ name }) => name));
  const renew = start.filter((name) => !(changed.has(name) && files.length > 0));
  const marks = changedMarks(activation, fileNames(activation));
  const told = files.length > 0 || marks.length > 0 || renew.length > 0;
  return [
    ...linkSteps(activation),
    ...writing,
    ...markSteps(marks),
    ...(told ? reloadSteps(activation, renew) : []),
    ...(told ? stopSteps(activation) : []),
  ];
}

/** Of what is, or comes to be, ours; or of someone else's file if it is for nothing but this. */
function fileNames({ stored, facts, before, after, change }: Activation) {
  const { network } = assign(stored.files, facts);
  return (name: string): string | undefined => {
    const defined = change.set.some((profile) => profile.name === name);
    if (defined || own(after, name)?.ours || own(before, name)?.ours) return networkFile(name);
    const unit = network.get(name);
    const shared = [...network].some(([other, same]) => same === unit && other !== name);
    return shared ? undefined : unit?.base;
  };
}

export const restore = (activation: Activation): Step[] => [
  ...unmarkSteps(changedMarks(activation, fileNames(activation))),
  { title: 'let systemd-networkd read its files', argv: ['networkctl', 'reload'] },
];

export const evidence = (_: readonly string[]): string[] => [
  ...['journalctl', '-u', 'systemd-networkd', '-n', '20', '--no-pager', '-o', 'cat'],
];
