/** What is stored, on a host of each backend at once: it is there again after a boot, and may carry the only way in. */
import { describe, expect, it } from 'vitest';
import { knowAddress } from '../../src/lab/access.ts';
import type { Backend } from '../../src/lab/backends.ts';
import { linkDown, linkUp } from '../../src/lab/cables.ts';
import type { LabHost } from '../../src/lab/plan.ts';
import { rebootHost } from '../../src/lab/power.ts';
import { goodChanges, type Place } from '../faults/changes.ts';
import { FaultedHost } from '../faults/host.ts';
import { useLab } from './lab.ts';
import type { JsonResult } from './program.ts';

const BACKENDS: readonly Backend[] = ['networkd', 'networkmanager', 'ifupdown', 'netplan'];
const MINUTES = 60_000;

/** One of each kind, and each start mode. */
const KINDS = {
  iface: { iface: { name: 'eth1', onboot: 'hotplug', mtu: 1400, ipv4: { addresses: ['10.1.0.1/24'] } } },
  bridge: { bridge: { name: 'br9', ports: ['eth2'], stp: false, ipv4: { addresses: ['10.2.0.1/24'] } } },
  bond: {
    bond: { name: 'bond9', mode: 'active-backup', ports: ['eth3'], ipv4: { addresses: ['10.3.0.1/24'] } },
  },
  vlan: { vlan: { name: 'vlan9', parent: 'eth1', id: 9, onboot: 'onboot', label: 'a "b" $c' } },
  'hotplug bridge': {
    bridge: { name: 'hot9', ports: [], onboot: 'hotplug', ipv4: { addresses: ['10.5.0.1/24'] } },
  },
  'iface by hand': { iface: { name: 'eth4', onboot: 'none', ipv4: { addresses: ['10.4.0.1/24'] } } },
  'bridge by hand': {
    bridge: { name: 'off9', ports: [], onboot: 'none', ipv4: { addresses: ['10.6.0.1/24'] } },
  },
  'vlan by hand': { vlan: { name: 'off9.7', parent: 'off9', id: 7, onboot: 'none' } },
  'bond by hand': { bond: { name: 'bond8', mode: 'balance-rr', ports: [], onboot: 'none' } },
};
const BY_HAND = Object.keys(KINDS).filter((name) => name.endsWith('by hand'));
const GATEWAY = '10.40.0.1';
/**
 * The helper has the subnet both in VLAN 10 and without a tag, and reaches each address where it answers now: an
 * address can move from one to the other. (A bridge of both would do, but for the lab's own, which know no VLANs.)
 */
const bothWays = (addresses: readonly string[]): string => `ip link set eth1 up
ip link add link eth1 name eth1.10 type vlan id 10 && ip link set eth1.10 up
ip addr add ${GATEWAY}/32 dev lo
for address in ${addresses.join(' ')}; do
  ip route add $address dev eth1 src ${GATEWAY}
  setsid sh -c 'while sleep 0.3; do
    for link in eth1 eth1.10; do
      busybox arping -q -f -c 1 -w 1 -I $link -s ${GATEWAY} $1 && found=$link
    done
    case $(ip route show $1) in *" dev $found "*) ;; *) ip route replace $1 dev $found src ${GATEWAY} ;; esac
  done' sh $address >/dev/null 2>&1 </dev/null &
done`;
/** What of them came up by itself. */
const LOOK = `ip -o -4 addr | grep -o -e '10[.]4[.]0[.]1/24'; for link in off9 off9.7 bond8; do ip -o link show dev $link up 2>/dev/null; done; :`;

describe.each(['a boot', 'the only way in'])('%s', (about) => {
  const lab = useLab(about.replaceAll(' ', '-'), {
    driver: 'uml',
    hosts: BACKENDS.length + 1,
    backends: [...BACKENDS, 'none'],
    segments: true,
  });
  const each = () => lab.lab.hosts.slice(0, BACKENDS.length);
  const helper = () => lab.lab.hosts.at(-1)!;

  /** Runs tasks on all but the helper. @returns what each task came to on each host, by name of task */
  async function outcomes(command: string, tasks: readonly object[]): Promise<Record<string, string[]>> {
    const file = lab.file('kinds.yml', JSON.stringify([{ hosts: 'all', gather_facts: false, tasks }]));
    const run = await lab.json(command, file, '--limit', `all:!${helper().name}`);
    const outcome = ({ failed, unreachable, msg, changed }: JsonResult): string =>
      failed || unreachable ? String(msg) : changed ? 'changed' : 'ok';
    return Object.fromEntries(
      run.plays[0]!.tasks.map(({ task, hosts }) => [
        task.name,
        each().map(({ name }) => outcome(hosts[name] ?? { failed: true, msg: 'not run', action: '' })),
      ]),
    );
  }
  const named = Object.entries(KINDS).map(([name, task]) => ({ name, ...task }));
  const all = (outcome: (name: string) => string): Record<string, string[]> =>
    Object.fromEntries(Object.keys(KINDS).map((name) => [name, BACKENDS.map(() => outcome(name))]));

  it.skipIf(about === 'a boot')(
    "one atomic block moves the host's address from a NIC to a bridge over a VLAN over a bond, and back",
    async () => {
      const placeOf = ({ number }: LabHost): Place => ({
        address: `10.40.0.${10 + number}`,
        prefix: 24,
        gateway: GATEWAY,
      });
      await lab.on(helper().name, bothWays(each().map((host) => placeOf(host).address)));
      await Promise.all(
        each().map(async (host) => {
          const place = placeOf(host);
          knowAddress(lab.lab.folder, host, place.address);
          const there = new FaultedHost(lab.lab.folder, host, { helper: helper(), machine: GATEWAY }, 60);
          const changes = goodChanges({ ...there.places, routed: place, tagged: place });
          const tasks = (title: string) => changes.find((change) => change.title === title)!.tasks;
          // The block itself is one more
          const [move, back] = [tasks('NIC → bond, VLAN, bridge'), tasks('bond, VLAN, bridge → NIC')];
          await there.toBase('nic', place);
          there.shell.close();
          await linkDown(lab.lab.folder, host, 'mgmt0');
          try {
            expect(await there.run(move, place)).toEqual({ changed: move.length + 1 });
            expect(await there.run(move, place)).toEqual({ changed: 0 });
            await rebootHost(lab.lab.folder, host, { address: place.address, jump: helper() });
            expect(await there.run(move, place)).toEqual({ changed: 0 });
            expect(await there.run(back, place)).toEqual({ changed: back.length + 1 });
            expect(await there.run(back, place)).toEqual({ changed: 0 });
          } finally {
            await linkUp(lab.lab.folder, host, 'mgmt0');
          }
        }),
      );
    },
    10 * MINUTES,
  );

  it.skipIf(about !== 'a boot')(
    'each kind is there again, but for what is started by hand',
    async () => {
      expect(await outcomes('run', named)).toEqual(all(() => 'changed'));
      expect(await outcomes('check', named)).toEqual(all(() => 'ok'));
      await Promise.all(each().map((host) => rebootHost(lab.lab.folder, host)));
      for (const { name } of each()) expect(`${name}: ${await lab.on(name, LOOK)}`).toBe(`${name}: `);
      const after = all((name) => (BY_HAND.includes(name) ? 'changed' : 'ok'));
      expect(await outcomes('run', named)).toEqual(after);
      expect(await outcomes('check', named)).toEqual(all(() => 'ok'));
      const gone = named.toReversed().map(({ name, ...task }) => {
        const [[module, { name: link }]] = Object.entries(task) as [[string, { name: string }]];
        return { name, [module]: { name: link, state: 'absent' } };
      });
      expect(await outcomes('run', gone)).toEqual(all(() => 'changed'));
    },
    10 * MINUTES,
  );
});
