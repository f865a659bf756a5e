/** Random edits of guest NICs on a real libvirtd: the dry run against what came of each. */
import { isDeepStrictEqual } from 'node:util';
import { EngineError } from '../../src/engine/errors.ts';
import { UNKNOWN } from '../../src/engine/unknown.ts';
import type { HostState } from '../../src/host/state.ts';
import { type NicRun, type NicTask, runTask } from '../libvirt-tasks.ts';
import type { LibvirtHost } from '../libvirtd.ts';
import { willingTc } from '../tc.ts';
import { guests, randomNicEdit } from './nic-edits.ts';
import { randomOf } from './random.ts';

/** What came of an edit. */
export interface NicOutcome {
  readonly number: number;
  readonly task: NicTask;
  readonly outcome: 'changed' | 'ok' | 'pending' | 'refused' | 'not valid' | 'FAILED';
  /** Steps, or why there are none */
  readonly what: string;
  /** What was not as it must be */
  readonly wrong: readonly string[];
}

const guest = (name: string): string => `<domain type='qemu'>
  <name>${name}</name><memory unit='MiB'>32</memory>
  <os><type arch='x86_64' machine='q35'>hvm</type></os><features><acpi/></features>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <controller type='pci' model='pcie-root'/>
    ${"<controller type='pci' model='pcie-root-port'/>".repeat(8)}
    <controller type='usb' model='qemu-xhci'/><memballoon model='none'/>
  </devices>
</domain>`;

const networks = [
  `<name>lan</name><bridge name='virbr7'/><ip address='192.168.77.1' netmask='255.255.255.0'/><portgroup name='admin'><bandwidth><inbound average='1000'/></bandwidth></portgroup>`,
  `<name>lan2</name><forward mode='nat'/><bridge name='virbr6'/><ip address='192.168.66.1' netmask='255.255.255.0'/>`,
  `<name>hostbr</name><forward mode='bridge'/><bridge name='br8'/>`,
  `<name>macvtap</name><forward mode='bridge' dev='eth8'/>`,
];

const setup = `set -e
${willingTc}
for bridge in br8 br9; do ip link add $bridge type bridge; ip link set $bridge up; done
ip link add eth8 type veth peer name eth9; ip link set eth8 up; ip link set eth9 up
${networks.map((xml) => `cat >/run/in.xml <<'X'\n<network>${xml}</network>\nX\nvirsh -q net-define /run/in.xml\n`).join('')}
for net in lan lan2 hostbr macvtap; do virsh -q net-start $net; done
${guests.map((name) => `cat >/run/${name}.xml <<'X'\n${guest(name)}\nX\n`).join('')}
for name in off paused running; do virsh -q define /run/$name.xml; done
virsh -q create /run/transient.xml --paused
virsh -q start paused --paused
virsh -q start running
`;

export async function setUpNics(host: LibvirtHost): Promise<void> {
  const { status, stderr } = await host.exec(setup);
  if (status !== 0) throw new Error(stderr);
}

/** Does `count` edits, one after the other. */
export async function* soakNics(
  host: LibvirtHost,
  { count, seed }: { readonly count: number; readonly seed: number },
): AsyncGenerator<NicOutcome> {
  const random = randomOf(seed);
  for (let number = 1; number <= count; number++) {
    const task = randomNicEdit(random);
    yield { number, task, ...(await outcomeOf(host, task)) };
  }
}

type Outcome = Pick<NicOutcome, 'outcome' | 'what' | 'wrong'>;

async function outcomeOf(host: LibvirtHost, task: NicTask): Promise<Outcome> {
  try {
    const run = await runTask(host, task);
    const { plan, stderr, unmet, again } = run;
    if (plan.refused) return { outcome: 'refused', what: plan.refused.message, wrong: [] };
    const wrong = [
      ...(stderr === '' ? [] : [stderr.trim()]),
      ...unmet.map(({ field }) => `${field} did not come about`),
      ...unforetold(run, task.domain),
      ...again.steps.map(({ title }) => `the second run would ${title}`),
    ];
    const pending = plan.pending.map(({ field }) => `${field} pending`);
    const what = [...plan.steps.map(({ title }) => title), ...pending].join(', ');
    if (wrong.length > 0) return { outcome: 'FAILED', what, wrong };
    return {
      outcome: plan.steps.length > 0 ? 'changed' : pending.length > 0 ? 'pending' : 'ok',
      what,
      wrong,
    };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return { outcome: 'not valid', what: error.message, wrong: [] };
  }
}

/** Where the guest's NICs are not as the dry run said, all of them and every field; and MACs that two of them have. */
function unforetold({ plan, after }: NicRun, domain: string): string[] {
  return (['stored', 'live'] as const).flatMap((half) => {
    const nics = (state: HostState): readonly Record<string, unknown>[] =>
      state.libvirt['qemu:///system']!.domains[domain]![half].map(({ model }) => ({ ...model }));
    const [foretold, there] = [nics(plan.predicted), nics(after)];
    const macs = there.map(({ mac }) => String(mac));
    const doubled = macs.filter((mac, index) => macs.indexOf(mac) !== index);
    const lost = foretold.filter(({ mac }) => !macs.includes(String(mac)));
    const fields = there.flatMap((nic) => {
      const said = foretold.find(({ mac }) => mac === nic.mac);
      if (said === undefined) return [`${half} ${String(nic.mac)} was not foretold`];
      return [...new Set([...Object.keys(said), ...Object.keys(nic)])].flatMap((field) =>
        said[field] === UNKNOWN || isDeepStrictEqual(said[field], nic[field])
          ? []
          : [`${half} ${field}: foretold ${JSON.stringify(said[field])}, is ${JSON.stringify(nic[field])}`],
      );
    });
    return [
      ...doubled.map((mac) => `${half} has two NICs ${mac}`),
      ...lost.map(({ mac }) => `${half} NIC ${String(mac)} is lost`),
      ...fields,
    ];
  });
}
