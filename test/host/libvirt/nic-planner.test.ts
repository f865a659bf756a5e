import { describe, expect, test } from 'vitest';
import { hasField } from '../../../src/host/libvirt/nic-fields.ts';
import type { NicRequest } from '../../../src/host/libvirt/nic-goal.ts';
import { nicGoal } from '../../../src/host/libvirt/nic-goal.ts';
import { planNic, verifyNic } from '../../../src/host/libvirt/nic-planner.ts';
import { storeNic } from '../../../src/host/libvirt/nic-xml.ts';
import { parseNetwork } from '../../../src/host/libvirt/network-xml.ts';
import { formatXml, parseXml, type XmlElement } from '../../../src/host/libvirt/xml.ts';
import { emptyState, type DomainState, type HostState } from '../../../src/host/state.ts';
import { type ModelDomain, runStep } from './nic-model.ts';

const uri = 'qemu:///system';
const local = { sshAddress: undefined };
const mac = '52:54:00:00:00:01';
const network = (xml: string) => {
  const live = parseNetwork(`<network>${xml}</network>`);
  return { stored: live, live, autostart: true };
};
const networks = {
  lan: network(`<name>lan</name><bridge name='virbr0'/><ip address='10.0.0.1' prefix='24'/>`),
  host: network(`<name>host</name><forward mode='bridge'/><bridge name='br0'/>`),
  tap: network(`<name>tap</name><forward mode='private'><interface dev='eth1'/></forward>`),
};
const plugs: ModelDomain['networks'] = {
  lan: { type: 'network', bridge: 'virbr0' },
  host: { type: 'bridge', bridge: 'br0' },
  tap: { type: 'direct', dev: 'eth1', mode: 'private' },
};

const links = Object.fromEntries(
  ['br0', 'br1', 'eth1'].map((name) => [
    name,
    { name, kind: name.startsWith('br') ? 'bridge' : 'ethernet' } as HostState['links'][string],
  ]),
);

function stateOf(model: ModelDomain, state: DomainState['state']): HostState {
  const domain: DomainState = {
    state,
    persistent: model.stored !== undefined,
    stored: (model.stored ?? []).map(storeNic),
    live: (model.live ?? []).map(storeNic),
  };
  return {
    ...emptyState,
    links,
    libvirt: { [uri]: { version: '9.0.0', networks, domains: { web1: domain } } },
  };
}

const nic = (body: string, type: string) =>
  parseXml(`<interface type='${type}'><mac address='${mac}'/>${body}</interface>`);
const address = (bus: number) =>
  `<address type='pci' domain='0x0000' bus='0x${bus}' slot='0x00' function='0x0'/>`;

/** What a NIC may be found as in the stored definition, with things in it that no task speaks of. */
const storedForms = [
  undefined,
  nic(
    `<source network='lan'/><model type='virtio'/><boot order='1'/><alias name='ua-x'/>${address(3)}<x:y xmlns:x='urn:x'/>`,
    'network',
  ),
  nic(
    `<source network='host' portgroup='p'/><model type='e1000e'/><link state='down'/>${address(3)}`,
    'network',
  ),
  nic(`<source network='tap'/><model type='virtio'/>${address(3)}`, 'network'),
  nic(`<source bridge='br1'/><model type='virtio'/><rom bar='off'/>${address(3)}`, 'bridge'),
  nic(`<source dev='eth1' mode='vepa'/><model type='virtio'/>${address(3)}`, 'direct'),
  nic(`<model type='virtio'/>${address(3)}`, 'user'),
];
/** Another NIC, live in the slot that is free in the stored definition. */
const bystander = (bus: number) =>
  parseXml(
    `<interface type='user'><mac address='52:54:00:00:00:99'/><model type='virtio'/><alias name='net9'/>${address(bus)}</interface>`,
  );
const plug = (form: XmlElement, model: ModelDomain): void =>
  runStep(model, {
    title: '',
    argv: ['virsh', '-q', '-c', uri, 'attach-device', '--live'],
    stdin: formatXml(form).replace('0x3', '0x4'),
  });

const sources: Omit<NicRequest, 'domain' | 'mac'>[] = [
  {},
  { type: 'network', network: 'lan' },
  { network: 'host', link: 'up' },
  { network: 'tap', model: 'virtio' },
  { bridge: 'br1', link: 'down', mtu: 9000 },
  { dev: 'eth1', mode: 'bridge' },
  { network: 'lan', portgroup: 'q', link: 'down', mtu: 1500 },
  { type: 'user', model: 'e1000e', link: 'down', boot_order: 2, alias: 'ua-z' },
  { bandwidth: { inbound: { average: 100 } }, link: 'up' },
  { network: 'host', coalesce: { rx_frames: 3 }, sndbuf: 4096 },
  { downscript: '/bin/true', teaming: { type: 'persistent' } },
];
const fates: Pick<NicRequest, 'state' | 'scope' | 'replug'>[] = [
  {},
  { replug: 'allow' },
  { scope: 'live' },
  { scope: 'live', replug: 'allow' },
  { state: 'defined' },
  { state: 'inactive' },
  { state: 'absent' },
  { state: 'absent', scope: 'live' },
  { state: 'absent', scope: 'config' },
];

interface Start {
  readonly name: string;
  readonly make: () => ModelDomain;
  readonly state: DomainState['state'];
}

const starts: Start[] = storedForms.flatMap((stored, row) => {
  const base = (): ModelDomain => ({
    stored: [bystander(9), ...(stored ? [stored] : [])],
    live: undefined,
    networks: plugs,
    count: 16,
  });
  const running = storedForms.map(
    (live, column) =>
      (persistent: boolean): Start => ({
        name: `${persistent ? `stored ${row}` : 'transient'}, live ${column}`,
        state: 'running',
        make: () => {
          const model: ModelDomain = { ...base(), live: [bystander(3)] };
          if (live) plug(live, model);
          return persistent ? model : { ...model, stored: undefined };
        },
      }),
  );
  return [
    { name: `stored ${row}, shut off`, state: 'shut off' as const, make: base },
    ...running.map((start) => start(true)),
    ...(row === 0 ? running.map((start) => start(false)) : []),
  ];
});

/** From any state: the model libvirt takes the commands, the NIC is as foretold and as wanted, a second run does nothing. */
describe.each(starts)('$name', ({ make, state }) => {
  test.each(fates)('%j', (fate) => {
    for (const source of sources)
      expectConvergence({ domain: 'web1', mac, ...source, ...fate }, make(), state);
  });
});

function expectConvergence(request: NicRequest, model: ModelDomain, state: DomainState['state']): void {
  const before = stateOf(model, state);
  let goal: ReturnType<typeof nicGoal>;
  try {
    goal = nicGoal(request, before, uri);
  } catch (error) {
    expect((error as { code: string }).code).toMatch(/^(REQUIREMENT|PARAM_CONFLICT)$/);
    return;
  }
  const plan = planNic(before, goal, local);
  if (plan.refused) {
    expect(plan.steps).toEqual([]);
    return;
  }
  const label = JSON.stringify({ request, steps: plan.steps.map(({ title }) => title) });
  for (const step of plan.steps) runStep(model, step);
  const after = stateOf(model, state);
  expect(verifyNic(goal, plan, after), label).toEqual([]);
  expect(planNic(after, nicGoal(request, after, uri), local).steps, label).toEqual([]);
  expectForetold(plan.predicted, after, label);
  for (const [half, bus] of [
    [model.stored, 9],
    [model.live, 3],
  ] as const) {
    if (half === undefined) continue;
    const others = half.filter((xml) => storeNic(xml).model.mac !== mac);
    expect(others, label).toEqual([bystander(bus)]);
    expect(half.length - others.length, label).toBeLessThanOrEqual(1);
  }
  const { state: word = request.scope === 'config' ? 'defined' : 'active', scope } = request;
  const storedNic = after.libvirt[uri]!.domains.web1!.stored.find(({ model: { mac: of } }) => of === mac);
  if (model.stored && word !== 'absent' && scope !== 'live') {
    for (const field of [
      'network',
      'bridge',
      'dev',
      'mode',
      'model',
      'mtu',
      'link',
      'boot_order',
      'alias',
    ] as const) {
      if (request[field] !== undefined)
        expect(hasField(storedNic!.model, field, request[field]), label).toBe(true);
    }
    const was = before.libvirt[uri]!.domains.web1!.stored.find(({ model: { mac: of } }) => of === mac);
    if (was) {
      expect(storedNic!.model.address, label).toBe(was.model.address);
      expect(storedNic!.xml.includes('urn:x'), label).toBe(was.xml.includes('urn:x'));
      if (request.boot_order === undefined)
        expect(storedNic!.model.boot_order, label).toBe(was.model.boot_order);
    }
  }
}

function expectForetold(predicted: HostState, after: HostState, label: string): void {
  const nics = (of: HostState) => {
    const { stored, live } = of.libvirt[uri]!.domains.web1!;
    return [stored, live].map((half) => half.map(({ model }) => model));
  };
  const actual = nics(after);
  const foretold = JSON.parse(JSON.stringify(nics(predicted))) as Record<string, unknown>[][];
  const known = foretold.map((half, row) =>
    half.map((one, index) =>
      Object.fromEntries(
        Object.entries(one).map(([key, value]) => [
          key,
          value === '(known after apply)'
            ? (actual[row]?.[index] as Record<string, unknown> | undefined)?.[key]
            : value,
        ]),
      ),
    ),
  );
  expect(actual, label).toEqual(known);
}
