/** Each type of NIC on a real libvirtd: attached, each of its settings changed, detached, stored and live. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkParams } from '../../../src/engine/params.ts';
import { deriveMac, type NicFields } from '../../../src/host/libvirt/nic.ts';
import { configuredForm } from '../../../src/host/libvirt/nic-form.ts';
import { nicProblems } from '../../../src/host/libvirt/nic-rules.ts';
import { editNic } from '../../../src/host/libvirt/nic-xml.ts';
import { formatXml, parseXml } from '../../../src/host/libvirt/xml.ts';
import { domainNic } from '../../../src/modules/domain-nic/index.ts';
import { look, type NicTask, planTask, problemsOf, runTask } from '../../libvirt-tasks.ts';
import { type LibvirtHost, libvirtdMissing, startLibvirtd } from '../../libvirtd.ts';
import { guestXml, placesForNics, virshEach } from '../../libvirt-objects.ts';

type Fields = Partial<NicTask>;

/**
 * `live: false`: what it is plugged into is not on this machine, so that it is stored only.
 * `like`: its settings are those of another type.
 */
const types: Readonly<Record<string, Fields & { live?: false; like?: string }>> = {
  'isolated network': { network: 'lan' },
  'NAT network': { network: 'lan2', like: 'isolated network' },
  'network of a host bridge': { network: 'hostbr' },
  'network of a device': { network: 'macvtap' },
  bridge: { bridge: 'br9' },
  'direct vepa': { dev: 'eth9', mode: 'vepa', like: 'direct bridge' },
  'direct bridge': { dev: 'eth9', mode: 'bridge' },
  'direct private': { dev: 'eth9', mode: 'private', like: 'direct bridge' },
  'direct passthrough': { dev: 'eth7', mode: 'passthrough' },
  user: { type: 'user' },
  ethernet: { type: 'ethernet' },
  vhostuser: { type: 'vhostuser', path: '/run/wb.sock', mode: 'client', live: false },
  mcast: { type: 'mcast', socket: { address: '230.0.0.1', port: 5558 }, live: false },
  server: { type: 'server', socket: { address: '127.0.0.1', port: 5558 }, live: false },
  client: { type: 'client', socket: { address: '127.0.0.1', port: 5558 }, live: false },
  udp: {
    type: 'udp',
    socket: { address: '127.0.0.1', port: 5558, local: { address: '127.0.0.1', port: 5559 } },
    live: false,
  },
  internal: { type: 'internal', internal: 'switch', live: false },
  hostdev: { pci: '0000:09:10.1', managed: true, live: false },
  vdpa: { type: 'vdpa', dev: '/dev/vhost-vdpa-0', live: false },
};

/** Each setting, what it is changed to, and how it goes: those that fit the type are one task each round. */
const rounds: readonly Fields[] = [
  {
    link: 'down',
    bandwidth: { inbound: { average: 100, peak: 200, burst: 64 } },
    filterref: { filter: 'wb', parameters: { IP: '10.0.0.1' } },
    coalesce: { rx_frames: 7 },
    port_isolated: true,
    trust_guest_rx_filters: true,
    mtu: 1400,
    boot_order: 1,
    alias: 'ua-one',
    target: 'wbtap0',
    acpi_index: 5,
    sndbuf: 4096,
    rom: { bar: false },
    driver: { queues: 2, event_idx: false },
    backend: { tap: '/dev/net/tun', vhost: '/dev/vhost-net' },
    guest_ips: ['10.9.0.2/24'],
    host_ips: ['10.8.0.1/24'],
    host_routes: [{ to: '10.7.0.0/16', via: '10.8.0.2' }],
    script: '/bin/true',
    downscript: '/bin/true',
  },
  {
    link: 'up',
    bandwidth: { inbound: { average: 300 }, outbound: { average: 50 } },
    filterref: { filter: 'wb', parameters: { IP: ['10.0.0.2', '10.0.0.3'] } },
    coalesce: { rx_frames: 8 },
    port_isolated: false,
    trust_guest_rx_filters: false,
    mtu: 1300,
    boot_order: 2,
    alias: 'ua-two',
    acpi_index: 6,
    sndbuf: 8192,
    rom: { bar: true },
    driver: { queues: 1, ioeventfd: false },
    guest_ips: ['10.9.0.3/24', 'fd00:9::3/64'],
    host_ips: ['10.8.0.2/24'],
    teaming: { type: 'persistent' },
    script: '/bin/false',
    downscript: '/bin/false',
  },
  {
    bandwidth: { inbound: {}, outbound: {} },
    filterref: {},
    teaming: {} as never,
    script: '',
    downscript: '',
    guest_ips: [],
    host_ips: [],
    host_routes: [],
  },
  { model: 'e1000e' },
  { model: 'virtio' },
];
/** Settings that this machine has nothing for to plug a NIC into. */
const stored: readonly Fields[] = [
  {
    virtualport: { type: 'openvswitch', interfaceid: '09b11c53-8b5c-4eeb-8f00-d84eaa0aaa4f' },
    vlan: { tags: [{ id: 5 }] },
  },
  { vlan: { trunk: true, tags: [{ id: 5 }, { id: 6 }] } },
  { virtualport: {}, vlan: { tags: [] } },
];

const CARD = `<interface type='user'><mac address='52:54:00:00:00:01'/><boot order='9'/><model type='virtio'/></interface>`;

const guest = (name: string, devices = ''): string =>
  guestXml(name, { vcpus: 2, slots: 6, usb: true, devices: `${CARD}${devices}` });

const setup = `${placesForNics}
${virshEach('nwfilter-define', [`<filter name='wb' chain='root'/>`])}
${virshEach(
  'define',
  ['off', 'paused', 'running'].map((name) => guest(name)),
)}
virsh -q start running
`;

const isValid = (task: NicTask): boolean =>
  checkParams(domainNic.schema, task as never, {
    label: 'domain-nic',
    mode: 'runtime',
    check: domainNic.check,
  }).problems.length === 0;

describe.skipIf(libvirtdMissing)(`NICs on a real libvirtd (${libvirtdMissing ?? 'ready'})`, () => {
  let host: LibvirtHost;
  beforeAll(async () => {
    host = await startLibvirtd();
    const output = await host.exec(setup);
    if (output.status !== 0) throw new Error(output.stderr);
  }, 300_000);
  afterAll(() => host?.stop());

  describe.each(Object.entries(types))('of type %s', (name, { live: isLive = true, like, ...source }) => {
    const cardOf = (domain: string): NicTask => ({
      domain,
      nic: 'card',
      ...(name !== 'hostdev' && { model: 'virtio' }),
      ...(source as Partial<NicTask>),
    });

    /** Problems of each task, by what it says; none of those without. */
    async function each(tasks: readonly NicTask[], find: (task: NicTask) => Promise<readonly string[]>) {
      const found: Record<string, readonly string[]> = {};
      for (const task of tasks) {
        const { domain: _, nic: __, ...said } = task;
        const problems = await find(task);
        if (problems.length > 0) found[JSON.stringify(said)] = problems;
      }
      return found;
    }
    async function problems(task: NicTask): Promise<string[]> {
      try {
        const run = await runTask(host, task);
        if (run.plan.refused) return [`refused: ${run.plan.refused.message}`];
        return problemsOf(run, task.domain);
      } catch (error) {
        return [String(error)];
      }
    }
    const kindOf =
      source.type ??
      (source.network ? 'network' : source.bridge ? 'bridge' : source.pci ? 'hostdev' : 'direct');
    /** The settings of a round that fit the type, as a task. */
    const change = (domain: string, round: Fields): NicTask => {
      const fits = ([field, value]: [string, unknown]): boolean =>
        isValid({ ...cardOf(domain), type: kindOf, [field]: value }) &&
        nicProblems({ ...cardOf(domain), type: kindOf, [field]: value } as NicFields, 'whole').length === 0 &&
        !(field === 'port_isolated' && name === 'network of a device') &&
        // QEMU 7.2 has none
        !(field === 'guest_ips' && name === 'vhostuser');
      return { domain, nic: 'card', ...Object.fromEntries(Object.entries(round).filter(fits)) };
    };

    test.skipIf(like)('stored: each setting is as given, and stays', { timeout: 300_000 }, async () => {
      const changes = [...stored, ...rounds].map((round) => change('off', round));
      const tasks: NicTask[] = [cardOf('off'), ...changes, { domain: 'off', nic: 'card', state: 'absent' }];
      expect(await each(tasks, problems)).toEqual({});
      expect((await look(host, cardOf('off'))).nic.config).toBeNull();
    });

    test.skipIf(!isLive || like)(
      'live: each setting comes at once, or waits, as foretold',
      { timeout: 300_000 },
      async () => {
        await host.exec(
          `virsh -q destroy paused; virsh -q undefine paused\n${virshEach('define', [guest('paused')])}virsh -q start paused --paused`,
        );
        const mac = deriveMac('paused', 'card');
        expect(await each([cardOf('paused')], problems)).toEqual({});
        const tasks = rounds.map((round) => change('paused', round));
        const found = await each(tasks, async (task) => [...(await problems(task)), ...(await probe(task))]);
        expect(found).toEqual({});
        const { stdout } = await host.exec(
          `virsh domiflist paused | grep -c ${mac}; virsh domiflist paused --inactive | grep -c ${mac}`,
        );
        expect(stdout.trim().split('\n')).toEqual(['1', '1']);
        await host.exec('virsh -q destroy paused');
      },
    );

    /** What the task leaves for later libvirt does not change in place: it refuses it, or takes it and does nothing. */
    async function probe(task: NicTask): Promise<string[]> {
      const { pending } = await planTask(host, task);
      const { xml } = await look(host, task);
      const base = configuredForm(parseXml(xml.live!), parseXml(xml.stored!));
      // Of a network's NIC libvirt then tells what it did not do (LIBVIRT.md 3.4); up to 10.8 it takes another port of a pool
      const untold = [
        'teaming',
        'downscript',
        ...(name === 'network of a device' ? ['bandwidth', 'trust_guest_rx_filters'] : []),
      ];
      const fields = Object.keys(task).filter(
        (key) => !(source.network && untold.includes(key)) && pending.some(({ field }) => field === key),
      );
      const updates = fields.map((field) =>
        Buffer.from(formatXml(editNic(base, { [field]: task[field as keyof NicTask] } as never))).toString(
          'base64',
        ),
      );
      const { stdout } = await host.exec(`virsh -q dumpxml paused; echo @@
for update in ${updates.join(' ')}; do
  printf %s "$update" | base64 -d >/run/probe.xml
  virsh -q update-device paused /run/probe.xml --live >/dev/null 2>&1
  virsh -q dumpxml paused; echo @@
done`);
      const dumps = stdout.split('@@\n').slice(0, -1);
      return fields
        .filter((_, index) => dumps[index + 1] !== dumps[index])
        .map((field) => `libvirt changes ${field} in place`);
    }

    test.skipIf(!isLive)('in each scope, and unplugged', { timeout: 300_000 }, async () => {
      // A USB card goes without the guest's help
      const card = { ...cardOf('running'), model: 'usb-net', address: 'usb:bus=0,port=1' };
      const tasks: NicTask[] = [
        { ...card, scope: 'live' },
        { ...card, scope: 'live', link: 'down' },
        { ...card, scope: 'config' },
        { ...card, link: 'up' },
        { ...card, state: 'inactive' },
        { ...card, state: 'active' },
        { ...card, scope: 'live', state: 'absent' },
        { ...card, state: 'defined', link: 'down' },
        { ...card, scope: 'both' },
        { domain: 'running', nic: 'card', state: 'absent' },
      ];
      expect(await each(tasks, problems)).toEqual({});
      expect((await look(host, card)).nic).toEqual({ config: null, live: null, actual: null });
    });
  });

  test.each([
    [
      { network: 'macvtap', port_isolated: true },
      'libvirt isolates NICs on bridges, and network macvtap gives it a device',
    ],
    [
      { bridge: 'br9', vlan: { tags: [{ id: 5 }] } },
      /^libvirt \S+ cannot give a NIC on a Linux bridge a VLAN$/,
    ],
    [
      { dev: 'eth9', mode: 'bridge', vlan: { tags: [{ id: 5 }] } },
      'libvirt cannot give a NIC on a device in mode bridge a VLAN',
    ],
  ] as const)(
    '%j is refused, also of a guest that is shut off: it would start no more',
    async (card, message) => {
      const task: NicTask = { domain: 'off', nic: 'wrong', model: 'virtio', ...(card as Fields) };
      expect((await planTask(host, task)).refused?.message).toMatch(message);
      const [type, inside] =
        'network' in card
          ? ['network', "<source network='macvtap'/><port isolated='yes'/>"]
          : 'bridge' in card
            ? ['bridge', "<source bridge='br9'/><vlan><tag id='5'/></vlan>"]
            : ['direct', "<source dev='eth9' mode='bridge'/><vlan><tag id='5'/></vlan>"];
      const wrong = guest('wrong', `<interface type='${type}'>${inside}</interface>`);
      const { status, stderr } = await host.exec(
        `${virshEach('define', [wrong])}! virsh -q start wrong --paused; status=$?; virsh -q undefine wrong; exit $status`,
      );
      expect([status, stderr]).toEqual([0, expect.stringMatching(/not supported/)]);
    },
  );
});
