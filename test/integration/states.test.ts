/** MODULES' table of states on real hosts: from each state to each other, of each kind, with each backend. */
import { describe, expect, it } from 'vitest';
import type { Backend } from '../../src/lab/backends.ts';
import { type TestLab, useLab } from './lab.ts';
import type { JsonResult, JsonRun } from './program.ts';

const BACKENDS: readonly Backend[] = ['networkd', 'networkmanager', 'ifupdown', 'netplan'];

type State = 'active' | 'defined' | 'inactive' | 'absent';

/** Each of the 12 ways from one state to another, once, from absent to absent. */
const TOUR: readonly State[] = [
  ...(['defined', 'inactive', 'active', 'absent', 'inactive', 'defined'] as const),
  ...(['active', 'defined', 'absent', 'active', 'inactive', 'absent'] as const),
];

const KINDS = [
  { module: 'iface', params: { name: 'eth1' } },
  { module: 'bridge', params: { name: 'br9', ports: ['eth2'], stp: false } },
  { module: 'bond', params: { name: 'bond9', mode: 'active-backup', ports: ['eth3'] } },
  { module: 'vlan', params: { name: 'vlan9', parent: 'eth4', id: 9 } },
] as const;

const FOLDERS =
  '/etc/systemd/network /etc/NetworkManager/system-connections /etc/network/interfaces.d /etc/netplan';

/** What the host itself says of an interface: `up` when it is, `stored` when a file has it. */
const look = (name: string): string =>
  `case $(ip -o link show dev ${name} 2>/dev/null) in *[\\<,]UP[,\\>]*) echo up; esac; ` +
  `! grep -rqw ${name} ${FOLDERS} 2>/dev/null || echo stored`;

interface Way {
  readonly name: string;
  readonly task: Record<string, unknown>;
  readonly to: State;
  readonly link: string;
  readonly physical: boolean;
  readonly address: string;
}

const WAYS: readonly Way[] = KINDS.flatMap(({ module, params }, kind) =>
  TOUR.map((to, step): Way => {
    const address = `10.${kind}.${step}.1/24`;
    const stated = { ...params, state: to, ipv4: { addresses: [address] } };
    return {
      name: `${module}: ${TOUR[step - 1] ?? 'absent'} -> ${to}`,
      task: { [module]: to === 'absent' ? { name: params.name, state: to } : stated },
      to,
      link: params.name,
      physical: module === 'iface',
      address,
    };
  }),
);

function play(lab: TestLab, looks: boolean): string {
  const tasks = WAYS.flatMap(({ name, task, link }) => [
    { name, ...task },
    ...(looks ? [{ name: `${name}: look`, raw: look(link) }] : []),
    { name: `${name}, again`, ...task },
  ]);
  return lab.file('states.yml', JSON.stringify([{ hosts: 'all', gather_facts: false, tasks }]));
}

/** Results by name of task; those of a host that failed show why. */
function byTask(run: JsonRun, host: string): Map<string, JsonResult> {
  const results = run.plays.flatMap((one) =>
    one.tasks.map(({ task, hosts }): [string, JsonResult] => [task.name, hosts[host]!]),
  );
  for (const [name, { failed, unreachable, msg }] of results) {
    if (failed || unreachable) throw new Error(`${name}: ${msg}`);
  }
  return new Map(results);
}

/**
 * What check mode foretells of an interface. Whether a device that is inactive is there is up to the backend, so nothing
 * is said of what is live, and of what follows from it.
 */
const outcome = ({ link }: Way, { changed, diff = [], pending = [] }: JsonResult): object => ({
  changed,
  diff: diff
    .filter(({ object, field }) => object.endsWith(` ${link}`) && ['state', 'ipv4.addresses'].includes(field))
    .map(({ field, want }) => ({ field, want })),
  pending: pending.map(({ object, field }) => `${object} ${field}`),
});

/** What a way's task says of what waits: only for `defined`, and then once. */
function expectPending({ to, link, address }: Way, result: JsonResult, isUp: boolean): void {
  const pending = result.pending ?? [];
  if (to !== 'defined') expect(pending).toEqual([]);
  else if (isUp) expect(pending).toMatchObject([{ field: 'ipv4.addresses', want: [address] }]);
  else expect(pending).toMatchObject([{ field: 'state', stored: 'defined' }]);
  for (const { object } of pending) expect(object.endsWith(` ${link}`)).toBe(true);
}

const ports = 'ls /sys/class/net/br0/brif | xargs';
const NAMED = { name: 'eth4', ipv4: { addresses: ['10.7.0.1/24'] } };

/** Guests' links, a NIC that is renamed, live links that differ or go: what each task comes to, or prints. */
const STORY: readonly (readonly [name: string, task: Record<string, unknown>, expected: string])[] = [
  ['a bridge', { bridge: { name: 'br0', ports: ['eth2'], ipv4: { addresses: ['10.9.0.1/24'] } } }, 'changed'],
  [
    'a guest',
    { raw: `ip tuntap add vnet7 mode tap && ip link set vnet7 up master br0 && ${ports}` },
    'eth2 vnet7',
  ],
  ['another port', { bridge: { name: 'br0', ports: ['eth3'], mtu: 1400 } }, 'changed'],
  ['the guest stays', { raw: ports }, 'eth3 vnet7'],
  ['in use', { bridge: { name: 'br0', state: 'absent' } }, 'bridge br0 has the port vnet7 of a guest'],
  [
    'another kind',
    { bond: { name: 'br0', mode: 'active-backup' } },
    'br0 has the port vnet7 of a guest, which a bond cannot have',
  ],
  ['the guest is there', { raw: `${ports}; ip link delete vnet7` }, 'eth3 vnet7'],
  ['changed by hand', { raw: 'ip link set br0 mtu 1300; ip addr add 10.9.0.7/24 dev br0' }, ''],
  ['not spoken of', { bridge: { name: 'br0', stp: false } }, 'ok, pending bridge br0 mtu'],
  ['put back', { bridge: { name: 'br0', mtu: 1400, ipv4: { addresses: ['10.9.0.1/24'] } } }, 'changed'],
  // NetworkManager may make it again by itself
  ['deleted by hand', { raw: 'ip link delete br0; sleep 3' }, ''],
  ['made again', { bridge: { name: 'br0' }, changed_when: true }, 'changed'],
  [
    'as it was',
    { raw: `${ports}; cat /sys/class/net/br0/mtu; ip -o -4 addr show br0 | grep -c 10.9.0.1/24` },
    'eth3\n1400\n1',
  ],
  ['no guest', { bridge: { name: 'br0', state: 'absent' } }, 'changed'],
  ['a macvtap', { raw: 'ip link set eth1 up; ip link add link eth1 name macvtap7 type macvtap' }, ''],
  [
    'a NIC with one',
    { bridge: { name: 'br0', ports: ['eth1'] } },
    'eth1 carries macvtap macvtap7, so it cannot be a port',
  ],
  ['the macvtap is there', { raw: 'ip link delete macvtap7' }, ''],
  ['a NIC', { iface: NAMED }, 'changed'],
  ['renamed', { raw: 'ip link set eth4 down; ip link set eth4 name lan4' }, ''],
  ['by its old name', { iface: NAMED }, 'the host has no interface eth4'],
  ['as a port', { bridge: { name: 'br0', ports: ['eth4'] } }, 'bridge br0: the host has no interface eth4'],
  ['defined all the same', { iface: { ...NAMED, state: 'defined' } }, 'ok, pending interface eth4 state'],
  ['its definition goes', { iface: { name: 'eth4', state: 'absent' } }, 'changed'],
  ['named back', { raw: 'ip link set lan4 down; ip link set lan4 name eth4' }, ''],
];

describe('states of interfaces', () => {
  const lab = useLab('states', { driver: 'uml', hosts: BACKENDS.length, backends: BACKENDS });

  it.each(BACKENDS)(
    '%s',
    async (backend) => {
      const host = lab.names[BACKENDS.indexOf(backend)]!;
      const foretold = byTask(await lab.json('check', play(lab, false), '--limit', host), host);
      const done = byTask(await lab.json('run', play(lab, true), '--limit', host), host);
      for (const way of WAYS) {
        const { name, to, physical } = way;
        const [result, seen, again] = [name, `${name}: look`, `${name}, again`].map(
          (task) => done.get(task)!,
        );
        const is = String(seen!.stdout).split(/\s+/);
        const at = { way: name, backend };
        expect({ ...at, changed: result!.changed, again: again!.changed }).toEqual({
          ...at,
          changed: true,
          again: false,
        });
        expect({ ...at, stored: is.includes('stored') }).toEqual({ ...at, stored: to !== 'absent' });
        if (to !== 'defined')
          expect({ ...at, up: is.includes('up') }).toEqual({ ...at, up: to === 'active' });
        // A physical link stays, and NetworkManager has up what it has no definition of
        if (to !== 'defined' || !physical) expectPending(way, again!, is.includes('up'));
        const said = foretold.get(name)!;
        expect({ ...at, ...outcome(way, said) }).toEqual({ ...at, ...outcome(way, result!) });
        expect({ ...at, again: foretold.get(`${name}, again`)!.changed }).toEqual({ ...at, again: false });
      }
    },
    900_000,
  );

  it.each(BACKENDS)(
    '%s: what others do with interfaces meanwhile',
    async (backend) => {
      const host = lab.names[BACKENDS.indexOf(backend)]!;
      const tasks = STORY.map(([name, task]) => ({ name, ...task, ignore_errors: true }));
      const file = lab.file('others.yml', JSON.stringify([{ hosts: 'all', gather_facts: false, tasks }]));
      const run = await lab.json('run', file, '--limit', host);
      const results = run.plays.flatMap(({ tasks }) => tasks.map(({ hosts }) => hosts[host]!));
      for (const [index, [name, , expected]] of STORY.entries()) {
        const { failed, changed, msg, stdout, action, pending = [] } = results[index]!;
        const status = failed ? String(msg) : changed ? 'changed' : 'ok';
        const waits = pending.map(({ object, field }) => `, pending ${object} ${field}`).join('');
        expect(`${name}: ${action === 'raw' ? String(stdout).trim() : status + waits}`).toBe(
          `${name}: ${expected}`,
        );
      }
    },
    120_000,
  );
});
