import type { Step } from '../../../../engine/module.ts';
import type { Activation } from '../backend.ts';
import { fileStep } from '../file-step.ts';
import { isLive, linkSteps, reloadSteps, rereadSteps, stopSteps } from './daemon.ts';
import { deferSteps } from './defer.ts';
import { pathOf } from './edit.ts';
import { finalMarks, holdSteps, type Marks, marksOf, unmarkSteps } from './marks.ts';

/** The links first, so that little is left for networkd to do; then its files; then it reads them. */
export function activate(activation: Activation): Step[] {
  const { stored, files, change, start } = activation;
  const writing = files.map((file) => fileStep(file, stored.files));
  if (!isLive(activation)) {
    return [
      ...deferSteps(
        activation,
        () => true,
        (name) => pathOf(name, 'network'),
      ),
      ...writing,
    ];
  }
  const changed = new Set(change.set.map(({ name }) => name));
  const renew = start.filter((name) => !(changed.has(name) && files.length > 0));
  const marks = marksFor(activation);
  const marking = finalMarks(marks);
  const told = files.length > 0 || marking.length > 0 || renew.length > 0;
  return [
    ...holdSteps(marks),
    ...linkSteps(activation),
    ...writing,
    ...marking,
    ...(told ? reloadSteps(activation, renew) : []),
    ...(told ? stopSteps(activation) : []),
  ];
}

const marksFor = (activation: Activation): Marks =>
  marksOf(activation, [...Object.keys(activation.before), ...Object.keys(activation.after)]);

export const restore = (activation: Activation): Step[] => [
  ...unmarkSteps(marksFor(activation)),
  ...rereadSteps(activation),
];

export const evidence = (_: readonly string[]): string[] => [
  ...['journalctl', '-u', 'systemd-networkd', '-n', '20', '--no-pager', '-o', 'cat'],
];
