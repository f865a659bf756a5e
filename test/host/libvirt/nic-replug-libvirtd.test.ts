import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { hostFacts } from '../../../src/host/facts.ts';
import { look, observe, type NicTask, planTask, runTask } from '../../libvirt-tasks.ts';
import { type LibvirtHost, libvirtdMissing, startLibvirtd } from '../../libvirtd.ts';
import { willingTc } from '../../libvirt-objects.ts';
import { tinyAgentMissing, tinyGuestMissing, tinySystem, type TinySystem } from './tiny-guest.ts';

const guest = (os: string) => `<domain type='qemu'>
  <name>lin</name><memory unit='MiB'>192</memory><vcpu>1</vcpu>
  <os><type arch='x86_64' machine='q35'>hvm</type>${os}</os><features><acpi/></features><cpu mode='maximum'/>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <controller type='pci' model='pcie-root'/>
    ${"<controller type='pci' model='pcie-root-port'/>".repeat(6)}
    <controller type='usb' model='none'/><memballoon model='none'/>
    <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
    <serial type='file'><source path='/run/lin.serial'/></serial>
  </devices>
</domain>`;

const network = (name: string, body: string) =>
  `cat >/run/in.xml <<'X'\n<network><name>${name}</name>${body}</network>\nX\nvirsh -q net-define /run/in.xml && virsh -q net-start ${name}\n`;

const lan = (average: number) =>
  `<bridge name='virbr7'/><ip address='192.168.77.1' netmask='255.255.255.0'/><portgroup name='admin'><bandwidth><inbound average='${average}'/></bandwidth></portgroup><portgroup name='other'/>`;

/** As the guest's agent says it. */
const told = [
  { name: 'lo', 'ip-addresses': [{ 'ip-address': '127.0.0.1', 'ip-address-type': 'ipv4', prefix: 8 }] },
  {
    name: 'enp1s0',
    'hardware-address': '52:54:00:bb:00:01',
    'ip-addresses': [
      { 'ip-address': '192.168.77.9', 'ip-address-type': 'ipv4', prefix: 24 },
      { 'ip-address': 'fe80::5054:ff:febb:1', 'ip-address-type': 'ipv6', prefix: 64 },
    ],
  },
];

const missing = libvirtdMissing ?? tinyGuestMissing;
const mac = '52:54:00:bb:00:01';

describe.skipIf(missing)(`a guest that lets go of its cards (${missing ?? 'ready'})`, () => {
  let host: LibvirtHost;
  let system: TinySystem;

  beforeAll(async () => {
    system = tinySystem(tmpdir(), told);
    host = await startLibvirtd();
    const output = await host.exec(`set -e
${willingTc}
ip link add br9 type bridge; ip link set br9 up
for n in 6 8; do ip link add eth$n type veth peer name peer$n; ip link set eth$n up; ip link set peer$n up; done
${network('lan', lan(1000))}
${network('pool', `<forward mode='bridge'><interface dev='eth8'/></forward><portgroup name='admin'/>`)}
cat >/run/in.xml <<'X'
${guest(system.os)}
X
virsh -q define /run/in.xml; virsh -q start lin
for n in $(seq 240); do ! grep -q GUEST /run/lin.serial || exit 0; sleep 1; done
echo "the guest did not come up" >&2; exit 1`);
    if (output.status !== 0) throw new Error(output.stderr);
  }, 400_000);
  afterAll(async () => {
    await host?.stop();
    system?.remove();
  });

  async function converge(task: NicTask) {
    const run = await runTask(host, task);
    if (run.plan.refused) throw run.plan.refused;
    expect(run.stderr).toBe('');
    expect(run.unmet).toEqual([]);
    expect(run.again.steps).toEqual([]);
    const { stdout } = await host.exec(
      `virsh domiflist lin | grep -c ${mac}; virsh domiflist lin --inactive | grep -c ${mac}`,
    );
    return { ...run, cards: stdout.trim().split('\n') };
  }
  const titles = (run: { plan: { steps: readonly { title: string }[] } }) =>
    run.plan.steps.map(({ title }) => title);
  const task: NicTask = { domain: 'lin', mac, network: 'lan', portgroup: 'admin', model: 'virtio' };

  test.skipIf(tinyAgentMissing)(
    `what the guest's agent tells of its addresses (${tinyAgentMissing ?? 'ready'})`,
    { timeout: 300_000 },
    async () => {
      await converge(task);
      const uri = 'qemu:///system';
      const requests = (['networks', 'domains', 'agents'] as const).map((source) => ({ source, uri }));
      await vi.waitFor(
        async () => {
          const { guests } = hostFacts(await observe(host, requests), uri);
          expect(guests.lin).toMatchObject({
            nics: {
              live: [
                {
                  mac,
                  agent: [
                    { interface: 'enp1s0', address: '192.168.77.9/24' },
                    { interface: 'enp1s0', address: 'fe80::5054:ff:febb:1/64' },
                  ],
                },
              ],
            },
          });
        },
        { timeout: 60_000, interval: 1000 },
      );
      await converge({ ...task, state: 'absent' });
    },
  );

  test('attach, replug for what cannot change in place, detach', { timeout: 300_000 }, async () => {
    const plugged = await converge(task);
    expect(plugged.result.nic.actual).toMatchObject({
      bridge: 'virbr7',
      bandwidth: { inbound: { average: 1000 } },
    });
    // Not allowed: it waits, and says what would bring it
    const waiting = await planTask(host, { ...task, portgroup: 'other' });
    expect(waiting.pending).toMatchObject([
      { field: 'portgroup', until: 'next boot of lin, or replug: allow' },
    ]);
    const changed = await converge({ ...task, portgroup: 'other', sndbuf: 4096, replug: 'allow' });
    expect(titles(changed)).toEqual([`replug lin NIC ${mac} (live)`, `update lin NIC ${mac} (stored)`]);
    expect(changed.plan.pending).toEqual([]);
    expect(changed.result.nic.live).toMatchObject({ portgroup: 'other', sndbuf: 4096 });
    expect(changed.result.nic.live).not.toHaveProperty('bandwidth');
    expect(changed.cards).toEqual(['1', '1']);
    const elsewhere = await converge({
      ...task,
      network: 'pool',
      portgroup: '',
      replug: 'allow',
      scope: 'live',
    });
    expect(elsewhere.result.nic.actual).toMatchObject({
      type: 'direct',
      device: 'eth8',
      mode: 'bridge',
      network: 'pool',
    });
  });

  test('what cannot be plugged in: the old card is back, alone', { timeout: 300_000 }, async () => {
    const before = (await look(host, task)).nic;
    // libvirt has no such filter, which only the attach tells
    const run = await runTask(host, {
      domain: 'lin',
      mac,
      bridge: 'br9',
      filterref: { filter: 'no-such-filter' },
      replug: 'allow',
      scope: 'live',
    });
    expect(titles(run)).toEqual([`replug lin NIC ${mac} (live)`]);
    expect(run.stderr).toMatch(/could not be plugged as wanted, and is plugged as it was\n$/);
    const { target: _, ...was } = before.actual!;
    expect(run.result.nic.actual).toMatchObject(was);
    const { stdout } = await host.exec(`virsh domiflist lin | grep -c ${mac}`);
    expect(stdout.trim()).toBe('1');
  });

  test('a pool that has another device now: told, and mended when allowed', {
    timeout: 300_000,
  }, async () => {
    await host.exec(
      `virsh net-destroy pool; virsh net-dumpxml pool --inactive | sed s/eth8/eth6/ >/run/in.xml; virsh net-define /run/in.xml; virsh net-start pool`,
    );
    const stated: NicTask = { domain: 'lin', mac, network: 'pool', scope: 'live' };
    const told = await planTask(host, stated);
    expect(told.steps).toEqual([]);
    expect(told.pending).toContainEqual(
      expect.objectContaining({ field: 'actual.device', want: 'eth6', live: 'eth8' }),
    );
    const mended = await converge({ ...stated, replug: 'allow' });
    expect(mended.result.nic.actual).toMatchObject({ device: 'eth6' });
  });

  test('detach', { timeout: 300_000 }, async () => {
    const gone = await converge({ domain: 'lin', mac, state: 'absent' });
    expect(gone.result.nic).toEqual({ config: null, live: null, actual: null });
    expect(gone.cards).toEqual(['0', '0']);
  });
});
