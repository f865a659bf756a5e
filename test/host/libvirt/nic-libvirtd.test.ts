import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deriveMac, type NicFields } from '../../../src/host/libvirt/nic.ts';
import { look, type NicTask, planTask, problemsOf, runTask } from '../../libvirt-tasks.ts';
import { type LibvirtHost, libvirtdMissing, startLibvirtd } from '../../libvirtd.ts';
import { guestXml, placesForNics, virshEach } from '../../libvirt-objects.ts';

const oddName = `it's; "$(id)" & <b>`;

const USB_CARD = `<interface type='network'><mac address='52:54:00:00:02:01'/><source network='lan'/><model type='usb-net'/><address type='usb' bus='0' port='1'/></interface>`;

const setup = `${placesForNics}${virshEach('define', [
  ...['off', 'paused', oddName].map((name) => guestXml(name, { slots: 14, usb: true })),
  guestXml('running', { slots: 14, usb: true, devices: USB_CARD }),
])}${virshEach('create --paused', [guestXml('transient', { slots: 14, usb: true })])}
virsh -q start paused --paused && virsh -q start running
`;

describe.skipIf(libvirtdMissing)(`guest NICs on a real libvirtd (${libvirtdMissing ?? 'ready'})`, () => {
  let host: LibvirtHost;

  beforeAll(async () => {
    host = await startLibvirtd();
    const output = await host.exec(setup);
    if (output.status !== 0) throw new Error(output.stderr);
  });
  afterAll(() => host?.stop());

  /** Applies the task, and sees that the guest is then as wanted, and that a second run has nothing to do. */
  async function converge(task: NicTask) {
    const run = await runTask(host, task);
    if (run.plan.refused) throw run.plan.refused;
    expect(problemsOf(run, task.domain)).toEqual([]);
    return run;
  }
  const titles = (run: { plan: { steps: readonly { title: string }[] } }) =>
    run.plan.steps.map(({ title }) => title);

  describe('shut off', () => {
    const mac = '52:54:00:00:01:01';
    const ordered: Omit<NicFields, 'mac'>[] = [
      { type: 'network', network: 'lan', model: 'virtio' },
      { network: 'lan', portgroup: 'admin' },
      { network: 'lan', portgroup: '' },
      { type: 'bridge', bridge: 'br9', link: 'down' },
      { type: 'direct', dev: 'eth8', link: 'up' },
      { dev: 'eth8', mode: 'bridge' },
      { dev: 'eth8', mode: 'private' },
      { dev: 'eth8', mode: 'passthrough' },
      { dev: 'eth8', mode: 'vepa' },
      { type: 'user' },
      { type: 'network', network: 'not-there-yet' },
      { mtu: 9000 },
      { bandwidth: { inbound: { average: 1000, peak: 5000, burst: 1024 }, outbound: { average: 128 } } },
      { bandwidth: { outbound: {} } },
      { bandwidth: { inbound: {} } },
      {
        filterref: {
          filter: 'clean-traffic',
          parameters: { IP: ['10.0.0.1', '10.0.0.2'], MAC: '52:54:00:00:01:01' },
        },
      },
      { filterref: {} },
      { alias: 'ua-first' },
      { alias: 'ua-second' },
      { target: 'web1' },
      { address: '0000:03:00.0' },
      { driver: { name: 'vhost', queues: 4, event_idx: false, host: { csum: false } } },
      { driver: { queues: 1, guest: { tso4: false } } },
      { rom: { bar: false } },
      { rom: { file: '/usr/share/qemu/pxe-virtio.rom' } },
      { sndbuf: 1600 },
      { port_isolated: true },
      { trust_guest_rx_filters: true },
      { model: 'e1000e' },
    ];

    test.each(ordered.map((fields) => [JSON.stringify(fields), fields] as const))(
      '%s',
      async (_, fields) => {
        const before = await look(host, { domain: 'off', mac });
        const run = await converge({ domain: 'off', mac, ...(fields as Omit<NicTask, 'domain' | 'mac'>) });
        expect(run.plan.steps.length).toBeGreaterThan(0);
        expect(run.result.nic.live).toBeNull();
        // An update replaces the whole NIC: whatever is not stated is still there
        const was = { ...(before.nic.config as object) } as Record<string, unknown>;
        for (const key of ['driver', 'rom', 'bandwidth', ...Object.keys(fields)]) delete was[key];
        for (const key of 'type' in fields ? ['network', 'portgroup', 'bridge', 'dev', 'mode'] : [])
          delete was[key];
        expect(run.result.nic.config).toMatchObject(was);
      },
      30_000,
    );

    test('strange text arrives as it is, through a real shell', async () => {
      const text = oddName.replaceAll('/', '');
      const run = await converge({
        domain: 'off',
        mac,
        network: text,
        portgroup: `${text} \`id\` \\ %s`,
        rom: { file: `/${text}` },
      });
      expect(run.result.nic.config).toMatchObject({
        network: text,
        portgroup: `${text} \`id\` \\ %s`,
        rom: { file: `/${text}` },
      });
    });

    test('absent', async () => {
      const run = await converge({ domain: 'off', mac, state: 'absent' });
      expect(titles(run)).toEqual([`detach off NIC ${mac} (stored)`]);
      expect(run.result).toEqual({
        nic: { config: null, live: null, actual: null },
        xml: { stored: null, live: null },
      });
    });

    test('a NIC that is only named', async () => {
      const task = { domain: 'off', nic: 'front', type: 'user' };
      const run = await converge(task);
      expect(run.result.nic.config).toMatchObject({ mac: deriveMac('off', 'front') });
      await converge({ ...task, state: 'absent' });
    });

    test('what libvirt refuses loses no NIC, although it must go to get another alias', async () => {
      const task: NicTask = {
        domain: 'off',
        mac,
        type: 'vhostuser',
        path: '/run/a',
        mode: 'client',
        model: 'virtio',
      };
      const { result } = await converge(task);
      const run = await runTask(host, { ...task, alias: 'ua-new', guest_ips: ['10.9.0.2/24'] });
      expect(run.stderr).toMatch(/not supported by QEMU\n.* is stored as it was\n$/s);
      expect(run.result).toEqual(result);
      await converge({ domain: 'off', mac, state: 'absent' });
    });

    test('a NIC found by its place', async () => {
      await converge({ domain: 'off', mac, type: 'user' });
      const run = await converge({ domain: 'off', index: 0, link: 'down' });
      expect(run.result.nic.config).toMatchObject({ mac, link: 'down' });
      await converge({ domain: 'off', mac, state: 'absent' });
    });
  });

  describe('paused', () => {
    test.each([
      ['network', { network: 'lan' }, { type: 'network', network: 'lan', bridge: 'virbr7' }],
      ['nat', { network: 'lan2' }, { type: 'network', network: 'lan2', bridge: 'virbr6' }],
      ['host bridge', { network: 'hostbr' }, { type: 'bridge', network: 'hostbr', bridge: 'br8' }],
      ['bridge', { bridge: 'br9' }, { type: 'bridge', bridge: 'br9' }],
      ['user', { type: 'user' }, { type: 'user' }],
      [
        'macvtap network',
        { network: 'macvtap' },
        { type: 'direct', network: 'macvtap', device: 'eth8', mode: 'bridge' },
      ],
      ['direct', { dev: 'eth9', mode: 'bridge' }, { type: 'direct', device: 'eth9', mode: 'bridge' }],
    ] as const)('attach to %s', async (name, source, actual) => {
      const task: NicTask = { domain: 'paused', nic: name, model: 'virtio', ...source };
      const run = await converge(task);
      expect(titles(run)).toEqual([`attach paused NIC ${deriveMac('paused', name)} (stored and live)`]);
      const { target: _, ...rest } = run.result.nic.actual!;
      expect(rest).toEqual(actual);
    });

    const names = ['host bridge', 'bridge'];
    test.each(
      names.flatMap((name) => [
        [name, { network: 'lan2' }, { network: 'lan2', bridge: 'virbr6' }] as const,
        [name, { bridge: 'br9' }, { type: 'bridge', bridge: 'br9' }] as const,
        [name, { network: 'hostbr' }, { type: 'bridge', network: 'hostbr', bridge: 'br8' }] as const,
        [name, { network: 'lan' }, { type: 'network', network: 'lan', bridge: 'virbr7' }] as const,
        [name, { bridge: 'br8' }, { type: 'bridge', bridge: 'br8' }] as const,
      ]),
    )('%s moves to %j', async (name, source, actual) => {
      const run = await converge({ domain: 'paused', nic: name, ...source });
      expect(run.plan.pending).toEqual([]);
      expect(run.result.nic.actual).toMatchObject(actual);
    });

    test.each(['user', 'macvtap network', 'direct'])(
      'link of %s goes down and up, and the NIC stays where it is',
      async (name) => {
        const task = { domain: 'paused', nic: name };
        const { nic: before } = await look(host, task);
        const down = await converge({ ...task, link: 'down' });
        expect(down.result.nic.actual).toEqual(before.actual);
        expect(down.result.nic.live).toEqual({ ...(before.live as object), link: 'down' });
        const up = await converge({ ...task, link: 'up' });
        expect(up.result.nic.actual).toEqual(before.actual);
      },
    );

    test('what the card is waits for the next boot', async () => {
      const task: NicTask = { domain: 'paused', nic: 'bridge', model: 'e1000e', mtu: 9000, link: 'down' };
      const run = await converge(task);
      expect(titles(run).map((title) => title.slice(-8))).toEqual(
        [' (live)', '(stored)'].map((t) => expect.stringContaining(t.trim())),
      );
      expect(run.plan.pending.map(({ field, until }) => [field, until])).toEqual([
        ['model', 'next boot of paused, or replug: allow'],
        ['mtu', 'next boot of paused, or replug: allow'],
      ]);
      expect(run.result.nic.live).toMatchObject({ model: 'virtio', link: 'down' });
      // Not stated any more, and still to come
      const next = await planTask(host, { domain: 'paused', nic: 'bridge', link: 'up' });
      expect(next.pending.map(({ field }) => field)).toEqual(['model', 'mtu']);
      await converge({ ...task, model: 'virtio', link: 'up' });
    });

    test.each([
      ['network', { network: 'lan', portgroup: 'admin' }, ['portgroup']],
      ['direct', { dev: 'eth9', mode: 'private' }, ['mode']],
      ['user', { network: 'lan' }, ['type', 'network']],
    ] as const)('%s cannot move live to %j', async (name, source, fields) => {
      if (name === 'network') await converge({ domain: 'paused', nic: name, network: 'lan' });
      const run = await converge({ domain: 'paused', nic: name, ...source });
      expect(titles(run)).toEqual([`update paused NIC ${deriveMac('paused', name)} (stored)`]);
      expect(run.plan.pending.map(({ field }) => field)).toEqual(fields);
    });

    test('defined is stored and waits', async () => {
      const run = await converge({
        domain: 'paused',
        nic: 'later',
        type: 'user',
        model: 'virtio',
        state: 'defined',
      });
      expect(run.plan.pending).toMatchObject([{ field: 'state', stored: 'present', live: 'absent' }]);
      expect(run.result.nic.live).toBeNull();
      const live = await converge({ domain: 'paused', nic: 'later', type: 'user' });
      expect(titles(live)).toEqual([`attach paused NIC ${deriveMac('paused', 'later')} (live)`]);
      const config = await converge({ domain: 'paused', nic: 'later', state: 'absent', scope: 'config' });
      expect(config.plan.pending).toMatchObject([{ field: 'state', stored: 'absent', live: 'present' }]);
      const again = await converge({ domain: 'paused', nic: 'later', type: 'user' });
      expect(titles(again)).toEqual([`attach paused NIC ${deriveMac('paused', 'later')} (stored)`]);
    });

    test.each([
      [
        { network: 'asleep' },
        'REQUIREMENT',
        'network asleep is not active, so that no NIC can be plugged into it',
      ],
      [{ network: 'missing' }, 'REQUIREMENT', 'there is no network missing at qemu:///system'],
      [{ bridge: 'br7' }, 'REQUIREMENT', 'there is no bridge br7 on the host to plug the NIC into'],
      [{ dev: 'eth5' }, 'REQUIREMENT', 'there is no link eth5 on the host to plug the NIC into'],
      [{ bridge: 'eth8' }, 'REQUIREMENT', 'eth8 is no bridge, so that no NIC can be plugged into it'],
      [
        { bridge: 'br9', target: 'br8' },
        'REFUSED',
        'the host has a link br8 already, which the NIC would be named on it',
      ],
    ] as const)('%j is refused for a new NIC', async (source, code, message) => {
      const plan = await planTask(host, { domain: 'paused', nic: 'refused', ...source });
      expect(plan.refused).toMatchObject({ code, message });
      expect(plan.steps).toEqual([]);
    });

    test('a move to a network that is not active is refused', async () => {
      const plan = await planTask(host, { domain: 'paused', nic: 'nat', network: 'asleep' });
      expect(plan.refused?.message).toBe(
        'network asleep is not active, so that no NIC can be plugged into it',
      );
    });

    test.each(['absent', 'inactive'] as const)('%s is refused: it cannot let go', async (state) => {
      const plan = await planTask(host, { domain: 'paused', nic: 'nat', state });
      expect(plan.refused).toMatchObject({ code: 'REFUSED' });
      expect(plan.refused?.message).toMatch(/ cannot be unplugged while the guest is paused$/);
    });

    test('a link that was set by hand', async () => {
      const mac = deriveMac('paused', 'nat');
      await host.exec(`virsh domif-setlink paused ${mac} down`);
      const unstated = await planTask(host, { domain: 'paused', mac, model: 'virtio' });
      expect(unstated).toMatchObject({ steps: [], pending: [{ field: 'link', live: 'down', want: 'up' }] });
      const run = await converge({ domain: 'paused', mac, link: 'up' });
      expect(titles(run)).toEqual([`update paused NIC ${mac} (live)`]);
    });
  });

  describe('running', () => {
    // A USB card goes without the guest's help
    const mac = '52:54:00:00:02:01';

    test('unplug, plug, remove', async () => {
      const out = await converge({ domain: 'running', mac, state: 'inactive' });
      expect(titles(out)).toEqual([`detach running NIC ${mac} (live)`]);
      expect(out.result.nic).toMatchObject({ config: { network: 'lan' }, live: null, actual: null });
      expect(titles(await converge({ domain: 'running', mac }))).toEqual([
        `attach running NIC ${mac} (live)`,
      ]);
      const gone = await converge({ domain: 'running', mac, state: 'absent' });
      expect(titles(gone)).toEqual([
        `detach running NIC ${mac} (live)`,
        `detach running NIC ${mac} (stored)`,
      ]);
    });

    test('a NIC that is only live', async () => {
      const usb: NicTask = { domain: 'running', nic: 'usb', model: 'usb-net', network: 'lan', scope: 'live' };
      const live = await converge(usb);
      expect(live.result.nic).toMatchObject({ config: null, live: { network: 'lan', bridge: 'virbr7' } });
      await converge({ ...usb, state: 'absent' });
      const virtio: NicTask = { ...usb, nic: 'virtio', model: 'virtio' };
      await converge(virtio);
      const stored = await converge({ domain: 'running', nic: 'virtio', scope: 'config' });
      expect(stored.result.nic.config).toMatchObject({ type: 'network', network: 'lan', model: 'virtio' });
      expect(stored.plan.pending).toEqual([]);
    });

    test('a guest that does not let go', { timeout: 90_000 }, async () => {
      const task: NicTask = { domain: 'running', nic: 'stuck', model: 'virtio', network: 'lan' };
      await converge(task);
      const run = await runTask(host, { ...task, state: 'absent' });
      expect(run.stderr).toMatch(
        /^the guest running has not let go of its NIC 52:54:00:\S+ after 20 s: it is still plugged/,
      );
      expect(run.result.nic).toMatchObject({ config: { network: 'lan' }, live: { network: 'lan' } });
      expect(run.unmet.map(({ field, stored, live }) => [field, stored, live])).toEqual([
        ['state', 'present', 'present'],
        ['state', 'present', 'present'],
      ]);
    });
  });

  test('a transient guest has live NICs only', async () => {
    const task: NicTask = { domain: 'transient', nic: 'a', bridge: 'br9', model: 'virtio' };
    const run = await converge(task);
    expect(run.result.nic).toMatchObject({ config: null, live: { bridge: 'br9' } });
    await expect(planTask(host, { ...task, state: 'defined' })).rejects.toThrow(
      'transient is transient: it has no stored definition',
    );
    await converge({ ...task, link: 'down', network: 'hostbr', bridge: undefined as never });
  });

  describe('a network that came back', () => {
    const task: NicTask = { domain: 'transient', nic: 'drift', network: 'lan', model: 'virtio' };
    const mac = deriveMac('transient', 'drift');

    test('with its bridge: the tap is put back', async () => {
      await converge(task);
      await host.exec('virsh -q net-destroy lan; virsh -q net-start lan');
      expect((await look(host, task)).nic.actual).toMatchObject({ network: 'lan', bridge: null });
      const run = await converge(task);
      expect(titles(run)).toEqual([
        expect.stringMatching(/^put vnet\d+ of transient NIC \S+ back on virbr7$/),
      ]);
      expect(run.plan.diff).toEqual([
        { object: `transient NIC ${mac}`, field: 'actual.bridge', want: 'virbr7', live: null },
      ]);
      expect(run.result.nic.actual).toMatchObject({ bridge: 'virbr7' });
    });

    test('with another bridge: libvirt moves the tap', async () => {
      await host.exec(
        `virsh net-dumpxml lan --inactive | sed s/virbr7/virbr77/ >/run/in.xml; virsh net-destroy lan; virsh net-define /run/in.xml; virsh net-start lan`,
      );
      const run = await converge(task);
      expect(titles(run)).toEqual([`update transient NIC ${mac} (live)`]);
      expect(run.result.nic.actual).toMatchObject({ bridge: 'virbr77' });
    });

    test('not at all: nothing is done, and nothing is plugged into it', async () => {
      await host.exec('virsh net-destroy lan');
      const same = await planTask(host, task);
      expect([same.steps, same.refused]).toEqual([[], undefined]);
      const moved = await planTask(host, { ...task, network: 'asleep' });
      expect(moved.refused?.message).toMatch(/^network asleep is not active/);
    });
  });

  test('a number is a name, not the id of a guest that runs', async () => {
    const task: NicTask = { domain: '1', nic: 'x', type: 'user' };
    await expect(planTask(host, task)).rejects.toThrow('there is no domain 1 at qemu:///system');
    await host.exec(virshEach('define', [guestXml('1')]));
    await expect(planTask(host, task)).rejects.toThrow(/^libvirt takes 1 for the id or UUID of the domain /);
  });

  test('a libvirt that does not answer is no guest that is not there', async () => {
    const uri = 'qemu+unix:///system?socket=/run/nothing';
    const task: NicTask = { domain: 'off', nic: 'x', type: 'user', uri, state: 'absent' };
    await expect(planTask(host, task)).rejects.toMatchObject({ code: 'OBSERVE' });
  });

  test('a guest of any name', async () => {
    await converge({ domain: oddName, nic: '$(id)', type: 'user' });
    await expect(planTask(host, { domain: '--version', nic: 'x', type: 'user' })).rejects.toThrow(
      'there is no domain --version at qemu:///system',
    );
  });
});
