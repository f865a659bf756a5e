/** Soak of libvirt networks. */
import { startLibvirtd } from '../libvirtd.ts';
import { type EditOutcome, setUpNetworks, soakNetworks } from './network-soak.ts';
import type { Subject } from './subject.ts';

export const networks: Subject = {
  title: 'Networks',

  async run({ count, seed, note }) {
    const host = await startLibvirtd();
    const outcomes: EditOutcome[] = [];
    try {
      await setUpNetworks(host);
      for await (const one of soakNetworks(host, { count, seed })) {
        outcomes.push(one);
        note(`${one.number} ${one.outcome}: ${one.what}${one.wrong.map((text) => `\n  ${text}`).join('')}`);
        if (one.wrong.length > 0) note(JSON.stringify(one.task));
      }
    } finally {
      await host.stop();
    }
    return { markdown: table(outcomes), failed: outcomes.filter(({ wrong }) => wrong.length > 0).length };
  },
};

function table(outcomes: readonly EditOutcome[]): string {
  const counts = new Map<string, number>();
  for (const { outcome } of outcomes) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  const summary = [...counts].map(([outcome, count]) => `${count} ${outcome}`).join(', ');
  const rows = outcomes.map(
    ({ number, task, outcome, what, wrong }) =>
      `| ${number} | ${cell(JSON.stringify(task))} | ${outcome} | ${cell([what, ...wrong].join('; '))} |`,
  );
  return `${INTRODUCTION}

${outcomes.length} edits: ${summary}.

| # | task | outcome | steps, or why there are none |
| --- | --- | --- | --- |
${rows.join('\n')}`;
}

const INTRODUCTION =
  'Edits of three networks on a real libvirtd, with two paused guests on the first of them (`soak0`). After each, the state that the dry run foretold is compared with the state there is: every field of the network, stored and live, and which bridge each guest\'s tap is on in the kernel. What the task states must hold, and a second run must find nothing to do. "Not valid": what the task asks for does not fit the network as it is, which the plan says before anything changes; "refused": guests are in the way.';

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
