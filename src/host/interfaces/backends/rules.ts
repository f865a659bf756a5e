import { isDeepStrictEqual } from 'node:util';
import type { Step } from '../../../engine/module.ts';
import { own } from '../../own.ts';
import type { Profile, Rule } from '../profile.ts';
import type { Activation } from './backend.ts';

/** Words of `ip rule add` and `ip rule del`. */
export const ruleWords = ({ from = 'all', to, table, priority }: Rule): string[] => [
  ...['from', from],
  ...(to === undefined ? [] : ['to', to]),
  ...['table', table === undefined ? 'main' : String(table)],
  ...(priority === undefined ? [] : ['priority', String(priority)]),
];

/** Rules of the definitions that are to go, or to be there: links do not hold them. */
export function ruleSteps({ before, after, goal }: Activation, verb: 'add' | 'del'): Step[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.flatMap((name) =>
    (['ipv4', 'ipv6'] as const).flatMap((family) => {
      const had = wordsOf(own(before, name), family);
      const has = own(goal, name)?.up ? wordsOf(own(after, name), family) : [];
      const [some, others] = verb === 'del' ? [had, has] : [has, had];
      return some
        .filter((words) => !others.some((other) => isDeepStrictEqual(other, words)))
        .map((words) => ({
          title: `${verb === 'add' ? 'add' : 'remove'} rule ${words.join(' ')}`,
          argv: ['ip', family === 'ipv6' ? '-6' : '-4', 'rule', verb, ...words],
          // There already, or gone
          success: [0, 2],
        }));
    }),
  );
}

const wordsOf = (profile: Profile | undefined, family: 'ipv4' | 'ipv6'): string[][] =>
  (profile?.[family]?.rules ?? []).map(ruleWords);
