/** Random edits of networks on a real libvirtd, with guests on one of them: the dry run against what came of each. */
import { EngineError } from '../../src/engine/errors.ts';
import type { NetworkParams } from '../../src/modules/network/index.ts';
import { defineNetworks, guestXml, virshEach } from '../libvirt-objects.ts';
import type { LibvirtHost } from '../libvirtd.ts';
import { runNetwork } from '../network-tasks.ts';
import { edited, randomEdit } from './network-edits.ts';
import { randomOf } from './random.ts';

/** What came of an edit. */
export interface EditOutcome {
  readonly number: number;
  readonly task: NetworkParams;
  readonly outcome: 'changed' | 'ok' | 'pending' | 'refused' | 'not valid' | 'FAILED';
  /** Steps, or why there are none */
  readonly what: string;
  /** What was not as it must be */
  readonly wrong: readonly string[];
}

const guest = (name: string, mac: string): string =>
  guestXml(name, {
    devices: `<interface type='network'><mac address='${mac}'/><source network='${edited[0]}'/><model type='virtio'/></interface>`,
  });

/** Two paused guests on the first network, a bridge and a card of the host. */
const setup = `
ip link add br0 type bridge && ip link set br0 up
ip link add eth1 type veth peer name peer1 && ip link set eth1 up
${defineNetworks([
  `<name>${edited[0]}</name><bridge name='virbr90'/><ip address='10.10.1.1' netmask='255.255.255.0'/>`,
])}virsh -q net-start ${edited[0]} || exit
${virshEach('define', [guest('guest1', '52:54:00:aa:00:01'), guest('guest2', '52:54:00:aa:00:02')])}
for one in guest1 guest2; do virsh -q start $one --paused || exit; done
`;

export async function setUpNetworks(host: LibvirtHost): Promise<void> {
  const { status, stderr } = await host.exec(setup);
  if (status !== 0) throw new Error(stderr);
}

/** Does `count` edits, one after the other. */
export async function* soakNetworks(
  host: LibvirtHost,
  { count, seed }: { readonly count: number; readonly seed: number },
): AsyncGenerator<EditOutcome> {
  const random = randomOf(seed);
  for (let number = 1; number <= count; number++) {
    const task = randomEdit(random);
    yield { number, task, ...(await outcomeOf(host, task)) };
  }
}

async function outcomeOf(
  host: LibvirtHost,
  task: NetworkParams,
): Promise<Pick<EditOutcome, 'outcome' | 'what' | 'wrong'>> {
  try {
    const { plan, stderr, unmet, unforetold, again } = await runNetwork(host, task);
    const wrong = [
      ...(stderr === '' ? [] : [stderr.trim()]),
      ...unmet.map(({ field }) => `${field} did not come about`),
      ...unforetold.map((what) => `not foretold: ${what}`),
      ...(plan.refused ? [] : again.steps.map(({ title }) => `the second run would ${title}`)),
    ];
    if (plan.refused) return { outcome: 'refused', what: plan.refused.message, wrong };
    const pending = plan.pending.map(({ field }) => `${field} pending`);
    const what = [...plan.steps.map(({ title }) => title), ...pending].join(', ');
    const outcome = wrong.length > 0 ? 'FAILED' : plan.steps.length > 0 ? 'changed' : 'ok';
    return { outcome: outcome === 'ok' && pending.length > 0 ? 'pending' : outcome, what, wrong };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return { outcome: 'not valid', what: error.message, wrong: [] };
  }
}
