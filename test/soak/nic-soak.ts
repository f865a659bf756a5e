/** Random edits of guest NICs on a real libvirtd: the dry run against what came of each. */
import { EngineError } from '../../src/engine/errors.ts';
import { type NicTask, problemsOf, runTask } from '../libvirt-tasks.ts';
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
    const { plan } = run;
    if (plan.refused) return { outcome: 'refused', what: plan.refused.message, wrong: [] };
    const wrong = problemsOf(run, task.domain);
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
