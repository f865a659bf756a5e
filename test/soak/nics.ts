/** Soak of guest NICs. */
import { startLibvirtd } from '../libvirtd.ts';
import { type NicOutcome, setUpNics, soakNics } from './nic-soak.ts';
import type { Subject } from './subject.ts';

export const nics: Subject = {
  title: 'Guest NICs',

  async run({ count, seed, note }) {
    const host = await startLibvirtd();
    const outcomes: NicOutcome[] = [];
    try {
      await setUpNics(host);
      for await (const one of soakNics(host, { count, seed })) {
        outcomes.push(one);
        note(`${one.number} ${one.outcome}: ${one.what}${one.wrong.map((text) => `\n  ${text}`).join('')}`);
        if (one.wrong.length > 0) note(JSON.stringify(one.task));
      }
    } finally {
      await host.stop();
    }
    const failed = outcomes.filter(({ outcome }) => outcome === 'FAILED');
    return {
      markdown: [introduction, counts(outcomes), ...failed.map(failure)].join('\n'),
      failed: failed.length,
    };
  },
};

const introduction =
  'Edits of NICs of four guests on a real libvirtd: one shut off, one paused, one transient, and one that runs with USB cards, which go without its help. After each, every field of every NIC of the guest, stored and live, is compared with what the dry run foretold; what the task states must hold, no NIC may be lost or doubled, and a second run must find nothing to do. "Not valid" and "refused": the plan says so before anything changes.\n';

function counts(outcomes: readonly NicOutcome[]): string {
  const words = ['changed', 'ok', 'pending', 'refused', 'not valid', 'FAILED'] as const;
  const tally = (guest: string | undefined, word: string): number =>
    outcomes.filter(({ task, outcome }) => outcome === word && (guest ?? task.domain) === task.domain).length;
  const row = (name: string, guest?: string): string =>
    `| ${[name, ...words.map((word) => tally(guest, word))].join(' | ')} |`;
  const domains = [...new Set(outcomes.map(({ task }) => task.domain))].sort();
  const head = `| guest | ${words.join(' | ')} |\n| --- |${' --- |'.repeat(words.length)}`;
  return [head, ...domains.map((domain) => row(domain, domain)), row('all')].join('\n');
}

const failure = ({ number, task, what, wrong }: NicOutcome): string =>
  `\n${number}: \`${JSON.stringify(task)}\`: ${what}\n\n${wrong.map((text) => `- ${text}`).join('\n')}`;
