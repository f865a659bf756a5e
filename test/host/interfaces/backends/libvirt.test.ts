import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Plan, ResourceModule, Settings, Step } from '../../../../src/engine/module.ts';
import { checkParams } from '../../../../src/engine/params.ts';
import { libvirt } from '../../../../src/host/interfaces/backends/libvirt/index.ts';
import type { Profile } from '../../../../src/host/interfaces/profile.ts';
import { world } from '../../../../src/host/index.ts';
import type { HostState } from '../../../../src/host/state.ts';
import { apply, observe } from '../../../libvirt-tasks.ts';
import { type LibvirtHost, libvirtdMissing, startLibvirtd } from '../../../libvirtd.ts';
import { modules } from '../task.ts';

// libvirt's test driver inside libvirtd: it can define, and keeps what it has while a connection is open
const uri = 'test+unix:///default';
const settings: Settings = { libvirtUri: uri, networkBackend: 'libvirt' };
type Task = readonly [keyof typeof modules, Record<string, unknown>];

describe.skipIf(libvirtdMissing)(
  `definitions by libvirt (${libvirtdMissing ?? 'ready'})`,
  { timeout: 120_000 },
  () => {
    let host: LibvirtHost;
    beforeAll(async () => {
      host = await startLibvirtd();
      // The connection that stays open, until the host is stopped
      const { stderr } = await host.exec(`
        mkfifo /run/held; sleep 1000 >/run/held 2>/dev/null </dev/null & virsh -q -c ${uri} </run/held >/dev/null 2>&1 &
        for n in 1 2 3; do ip link add eth$n type veth peer name peer$n; ip link set peer$n up; done`);
      expect(stderr).toBe('');
    });
    afterAll(() => host?.stop());

    const virsh = async (...words: string[]): Promise<string> =>
      (await host.exec(`virsh -q -c ${uri} ${words.join(' ')} 2>&1`)).stdout.trim();
    const requests = (
      module: ResourceModule<Record<string, unknown>, HostState>,
      params: Record<string, unknown>,
    ) => module.sources(params, settings);

    async function plan([name, params]: Task): Promise<Plan<HostState> & { before: HostState }> {
      const module = modules[name];
      const { problems } = checkParams(module.schema, params, {
        label: name,
        mode: 'runtime',
        check: module.check,
      });
      expect(problems).toEqual([]);
      const before = await observe(host, requests(module, params));
      const goal = module.goal(params, before, settings);
      return { ...world.plan(before, goal, { settings, sshAddress: undefined, check: false }), before };
    }

    async function take(steps: readonly Step[]): Promise<void> {
      for (const step of steps) {
        const { status, stdout, stderr } = await apply(host, step);
        const fine = (step.success ?? [0]).includes(status);
        expect({ title: step.title, fine, output: fine ? '' : stdout + stderr }).toEqual({
          title: step.title,
          fine: true,
          output: '',
        });
      }
    }

    /** Applies the task; then all is as wanted, and a second run has nothing to do. @returns titles of the steps */
    async function converge(task: Task): Promise<string[]> {
      const planned = await plan(task);
      expect(planned.refused).toBeUndefined();
      await take(planned.steps);
      const [name, params] = task;
      const after = await observe(host, requests(modules[name], params));
      const goal = modules[name].goal(params, planned.before, settings);
      expect(world.verify(goal, planned, after)).toEqual([]);
      expect((await plan(task)).steps).toEqual([]);
      return planned.steps.map(({ title }) => title);
    }

    it('defines, changes and undefines a stack without touching what is live', async () => {
      const links = (await host.exec('ip -br link')).stdout;
      const bond: Task = [
        'bond',
        {
          name: 'bond0',
          state: 'defined',
          mode: 'active-backup',
          ports: ['eth1', 'eth2'],
          primary: 'eth2',
          miimon: 100,
        },
      ];
      // The test driver has eth1 from the start, with an MTU that a port's XML cannot say
      expect(await converge(bond)).toEqual(['undefine eth1, define bond0 in libvirt']);
      expect(await virsh('iface-dumpxml', 'bond0')).toMatchInlineSnapshot(`
        "<interface type='bond' name='bond0'>
          <bond mode='active-backup'>
            <miimon freq='100'/>
            <interface type='ethernet' name='eth2'>
            </interface>
            <interface type='ethernet' name='eth1'>
              <mac address='aa:bb:cc:dd:ee:ff'/>
            </interface>
          </bond>
        </interface>"
      `);

      expect(await converge(['vlan', { name: 'bond0.7', state: 'defined', parent: 'bond0', id: 7 }])).toEqual(
        ['define bond0.7 in libvirt'],
      );
      const br = {
        name: 'br7',
        state: 'defined',
        ports: ['bond0.7'],
        ipv4: { addresses: ['10.7.0.1/24'], gateway: '10.7.0.254' },
      };
      expect(await converge(['bridge', br])).toEqual(['undefine bond0.7, define br7 in libvirt']);
      expect(await virsh('iface-dumpxml', 'br7')).toContain("<interface type='vlan' name='bond0.7'>");
      expect(await virsh('iface-list', '--all')).not.toContain('bond0.7');

      expect(await converge(['bridge', { ...br, ports: [] }])).toEqual([
        'define br7, define bond0.7 in libvirt',
      ]);
      expect(await converge(['bridge', { ...br, state: 'absent' }])).toContain('undefine br7 in libvirt');
      expect(await converge(['vlan', { name: 'bond0.7', state: 'absent' }])).toContain(
        'undefine bond0.7 in libvirt',
      );
      // eth1 has a MAC in its definition, which is one of its own again
      expect(await converge(['bond', { name: 'bond0', state: 'absent' }])).toEqual([
        'undefine bond0, define eth1 in libvirt',
      ]);
      expect((await host.exec('ip -br link')).stdout).toBe(links);
    });

    it('brings a bridge up and takes it away, live and stored, and libvirt knows', async () => {
      const bridge: Task = [
        'bridge',
        {
          name: 'br0',
          ports: ['eth3'],
          stp: false,
          forward_delay: 2,
          mtu: 1400,
          ipv4: { addresses: ['10.9.0.1/24'] },
        },
      ];
      const steps = await converge(bridge);
      expect(steps[0]).toBe('define br0 in libvirt');
      expect(steps.at(-1)).toBe('start br0 by libvirt');
      expect(await virsh('iface-list')).toContain('br0');
      expect((await host.exec('ip -br addr show br0')).stdout).toContain('10.9.0.1/24');
      expect(await converge(['bridge', { name: 'br0', mtu: 1300 }])).toEqual([
        'define br0 in libvirt',
        'set MTU of br0 to 1300',
      ]);
      await converge(['bridge', { name: 'br0', state: 'absent' }]);
      expect(await virsh('iface-list', '--all')).not.toContain('br0');
      expect((await host.exec('ip link show br0')).status).toBe(1);
    });

    it('stops what it had started for DHCP, though virsh calls that a failure', async () => {
      await virsh(
        'iface-define',
        '/dev/stdin',
        `<<'END'\n<interface type='ethernet' name='eth1'><protocol family='ipv4'><dhcp/></protocol></interface>\nEND\n`,
      );
      await virsh('iface-start', 'eth1');
      await host.exec('ip link set eth1 up');
      const { stdout, status } = await host.exec(`virsh -c ${uri} iface-destroy eth1`);
      expect([stdout.trim(), status]).toEqual(['Interface eth1 destroyed', 1]);
      await virsh('iface-start', 'eth1');
      const steps = await converge([
        'iface',
        { name: 'eth1', ipv4: { dhcp: false, addresses: ['10.1.0.1/24'] } },
      ]);
      expect(steps).toEqual([
        'stop eth1 by libvirt',
        'define eth1 in libvirt',
        expect.stringContaining('10.1.0.1/24'),
      ]);
    });

    it('puts the old definitions back, word for word', async () => {
      const before = await virsh('iface-dumpxml', 'eth1');
      const task: Task = ['bridge', { name: 'br5', ports: ['eth1'], state: 'defined' }];
      const planned = await plan(task);
      const stored = planned.before.stored;
      const named = (all: HostState['stored']) =>
        Object.fromEntries(
          Object.values(all.profiles)
            .flat()
            .map((profile) => [profile.name, profile]),
        ) as Record<string, Profile>;
      const goal = modules.bridge.goal(task[1], planned.before, settings);
      const [old, wanted] = [named(stored), named(goal.state.stored)];
      await take(planned.steps);
      expect(await virsh('iface-list', '--all')).toContain('br5');
      const links = planned.before.links;
      await take(
        libvirt.restore({
          stored,
          facts: stored.backends.libvirt!,
          change: { set: [wanted.br5!, wanted.eth1!], remove: [] },
          files: [],
          before: old,
          after: wanted,
          links,
          goal: links,
          operations: [],
          start: [],
          stop: [],
        }),
      );
      expect(await virsh('iface-list', '--all')).not.toContain('br5');
      expect(await virsh('iface-dumpxml', 'eth1')).toBe(before);
    });

    it("does not get into someone else's transaction, and undoes its own", async () => {
      const planned = await plan(['iface', { name: 'eth2', state: 'defined', mtu: 1400 }]);
      await virsh('iface-begin');
      const refused = await apply(host, planned.steps[0]!);
      await virsh('iface-rollback');
      expect(refused.status).toBe(1);
      expect(refused.stderr).toContain('there is another transaction running');
      expect(refused.stderr).toContain('someone has begun a change of interfaces with virsh iface-begin');

      const [step] = planned.steps;
      const broken: Step = { ...step!, argv: [...step!.argv, 'define', '<interface type="bond" name="x"/>'] };
      expect((await apply(host, broken)).status).toBe(1);
      expect(await virsh('iface-list', '--all')).not.toContain('eth2');
      expect(await virsh('iface-begin')).toBe('');
      await virsh('iface-rollback');
    });

    it('refuses what the XML cannot say, and says what', async () => {
      const bond: Task = [
        'bond',
        { name: 'bond1', state: 'defined', mode: '802.3ad', ports: ['eth2'], lacp_rate: 'fast', miimon: 100 },
      ];
      await expect(plan(bond)).rejects.toThrow("libvirt's interface XML cannot say bond1: lacp_rate fast");
    });

    it('is not there where the driver only shows interfaces', async () => {
      const shows = { libvirtUri: 'qemu:///system', networkBackend: 'libvirt' };
      const state = await observe(host, modules.iface.sources({ name: 'eth1' }, shows));
      expect(state.stored.backends.libvirt?.active).toBe(false);
      expect(() => modules.iface.goal({ name: 'eth1', mtu: 1400 }, state, shows)).toThrow(
        "libvirt's interface driver on this host only shows interfaces, and cannot define them",
      );
    });
  },
);
