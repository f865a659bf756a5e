import { describe, expect, it } from 'vitest';
import { EngineError } from '../../../src/engine/errors.ts';
import type { BackendName } from '../../../src/host/interfaces/profile.ts';
import { keeperOf } from '../../../src/host/interfaces/owner.ts';
import type { Profile } from '../../../src/host/interfaces/profile.ts';
import type { HostState } from '../../../src/host/state.ts';
import { hostWith, link, profile } from './stored-host.ts';
import { modules, type Task } from './task.ts';

const settings = { libvirtUri: '', networkBackend: undefined };
const eth1 = link('eth1');
const eth2 = link('eth2');

/** Definitions after a task, and what it claims of them. */
function wanted(host: HostState, [module, params]: Task) {
  const goal = modules[module].goal(params, host, settings);
  const { profiles } = goal.state.stored;
  const strip = ({ at: _, name: __, backend, ...rest }: Profile) => ({ backend, ...rest });
  return {
    profiles: Object.fromEntries(Object.entries(profiles).map(([name, all]) => [name, all.map(strip)])),
    claims: goal.claims.filter(([part]) => part === 'stored').map((claim) => claim.slice(1).join('.')),
    warnings: goal.warnings ?? [],
    unchanged: goal.state.stored === host.stored,
  };
}

describe('definitions that a task wants', () => {
  const networkd = (profiles: readonly Profile[]) => hostWith(['networkd'], profiles, [eth1, eth2]);

  it('a new one has what is stated, and what a bridge must always say', () => {
    const { profiles, claims } = wanted(networkd([]), [
      'bridge',
      { name: 'br0', ports: ['eth1'], onboot: true, ipv4: { addresses: ['192.0.2.1/24'] } },
    ]);
    expect(profiles).toEqual({
      br0: [
        {
          backend: 'networkd',
          kind: 'bridge',
          ours: true,
          onboot: 'onboot',
          bridge: { stp: false, forward_delay: 15 },
          ipv4: { addresses: ['192.0.2.1/24'] },
        },
      ],
      eth1: [{ backend: 'networkd', kind: 'ethernet', ours: true, controller: 'br0' }],
    });
    expect(claims).toEqual(
      expect.arrayContaining(['br0.onboot', 'br0.ipv4.addresses', 'br0.kind', 'eth1.controller']),
    );
  });

  it('a live link is defined as what it is', () => {
    const vlan = link('v5', {
      kind: 'vlan',
      parent: 'eth1',
      vlan: { id: 5, protocol: '802.1q', reorder_hdr: true },
    });
    const host = hostWith(['networkd'], [], [eth1, vlan]);
    expect(wanted(host, ['vlan', { name: 'v5', mtu: 1400 }]).profiles).toEqual({
      v5: [
        {
          backend: 'networkd',
          kind: 'vlan',
          ours: true,
          mtu: 1400,
          parent: 'eth1',
          vlan: { id: 5, protocol: '802.1q', reorder_hdr: true },
        },
      ],
    });
  });

  it('one that says it already stays, whoever wrote it', () => {
    const host = networkd([profile('eth1', 'networkd', { ours: false, mtu: 9000, extra: ['Link/Foo=1'] })]);
    expect(wanted(host, ['iface', { name: 'eth1', mtu: 9000 }]).unchanged).toBe(true);
  });

  it.each<[string, Task, string]>([
    [
      'another file',
      ['iface', { name: 'eth1', mtu: 9000 }],
      'the definition of eth1 belongs to networkd, in /etc/networkd/eth1:3',
    ],
    [
      'as a port',
      ['bridge', { name: 'br0', ports: ['eth1'] }],
      'the definition of eth1 belongs to networkd, in /etc/networkd/eth1:3',
    ],
    [
      'to remove it',
      ['iface', { name: 'eth1', state: 'absent' }],
      'the definition of eth1 belongs to networkd, in /etc/networkd/eth1:3',
    ],
  ])('someone else has it: %s', (_, task, message) => {
    const host = networkd([profile('eth1', 'networkd', { ours: false })]);
    const error = attempt(() => wanted(host, task));
    expect(error).toMatchObject({ code: 'FOREIGN', message });
    const adopted = wanted(host, [task[0], { ...task[1], adopt: true }]);
    expect(adopted.warnings[0]).toContain('taken over from networkd, in /etc/networkd/eth1:3');
  });

  it('someone else has it in two files, as a port of a bridge of theirs', () => {
    const at = ['a', 'b', 'a'].map((file, line) => ({ file: `/etc/netplan/${file}.yaml`, line }));
    const host = networkd([profile('eth1', 'networkd', { ours: false, controller: 'br7', at })]);
    expect(attempt(() => wanted(host, ['bridge', { name: 'br0', ports: ['eth1'] }]))).toMatchObject({
      code: 'FOREIGN',
      message:
        'the definition of eth1 belongs to networkd, in /etc/netplan/a.yaml:0 and /etc/netplan/b.yaml:1, where it is a port of br7',
    });
  });

  it('another backend has it: adopting takes it away from there', () => {
    const host = hostWith(
      ['networkd', 'ifupdown'],
      [profile('eth1', 'ifupdown', { ours: false }), profile('eth1', 'networkd', { mtu: 1500 })],
      [eth1],
    );
    const task = { name: 'eth1', backend: 'networkd', mtu: 9000 };
    expect(attempt(() => wanted(host, ['iface', task]))).toMatchObject({
      code: 'FOREIGN',
      message: 'the definition of eth1 belongs to ifupdown, in /etc/ifupdown/eth1:3',
    });
    const { profiles } = wanted(host, ['iface', { ...task, adopt: true }]);
    expect(profiles.eth1?.map(({ backend }) => backend)).toEqual(['networkd']);
  });

  it('a port that leaves keeps what else it has, and nothing else is left of it', () => {
    const host = networkd([
      profile('br0', 'networkd', { kind: 'bridge', bridge: { stp: false } }),
      profile('eth1', 'networkd', { controller: 'br0' }),
      profile('eth2', 'networkd', { controller: 'br0', mtu: 9000 }),
    ]);
    const { profiles } = wanted(host, ['bridge', { name: 'br0', ports: [] }]);
    expect(Object.keys(profiles)).toEqual(['br0', 'eth2']);
    expect(profiles.eth2).toEqual([{ backend: 'networkd', kind: 'ethernet', ours: true, mtu: 9000 }]);
  });

  it('what stands on one that goes, goes', () => {
    const host = networkd([
      profile('bond0', 'networkd', { kind: 'bond', bond: { mode: 'active-backup' } }),
      profile('eth1', 'networkd', { controller: 'bond0' }),
      profile('v5', 'networkd', { kind: 'vlan', parent: 'bond0', vlan: { id: 5 } }),
    ]);
    const { profiles, warnings } = wanted(host, ['bond', { name: 'bond0', state: 'absent' }]);
    expect(profiles).toEqual({});
    expect(warnings).toEqual(['the definition of vlan v5 goes with bond0, which it stands on']);
  });

  it('a gateway that no address reaches any more goes', () => {
    const host = networkd([
      profile('eth1', 'networkd', { ipv4: { addresses: ['192.0.2.5/24'], gateway: '192.0.2.1' } }),
    ]);
    const { profiles } = wanted(host, ['iface', { name: 'eth1', ipv4: { addresses: ['198.51.100.5/24'] } }]);
    expect(profiles.eth1?.[0]).toMatchObject({ ipv4: { addresses: ['198.51.100.5/24'] } });
    expect(profiles.eth1?.[0]?.ipv4).not.toHaveProperty('gateway');
  });

  it('router advertisements that a daemon takes are not looked for in the kernel', () => {
    const claimsOf = (ipv6: object, backend: BackendName) =>
      modules.iface
        .goal({ name: 'eth1', ipv6 }, hostWith([backend], [], [eth1]), settings)
        .claims.map((claim) => claim.join('.'))
        .filter((claim) => claim.startsWith('links.eth1.ipv6'));
    expect(claimsOf({ autoconf: true, accept_ra: 2 }, 'networkmanager')).toEqual([]);
    expect(claimsOf({ accept_ra: false }, 'networkd')).toEqual(['links.eth1.ipv6.accept_ra']);
    expect(claimsOf({ accept_ra: 1 }, 'ifupdown')).toEqual(['links.eth1.ipv6.accept_ra']);
  });

  it('VLAN tables are live only, and it says so', () => {
    const host = networkd([]);
    const task = { name: 'br0', ports: ['eth1'], vlan_filtering: true, vlans: { eth1: { pvid: 5 } } };
    expect(wanted(host, ['bridge', task]).warnings).toEqual([
      'networkd does not store the VLAN tables of br0: they are set live, until the next boot',
    ]);
  });

  it('state defined claims nothing that is live', () => {
    const goal = modules.iface.goal({ name: 'eth1', state: 'defined', mtu: 9000 }, networkd([]), settings);
    expect(goal.claims.every(([part]) => part === 'stored')).toBe(true);
    expect(goal.state.links.eth1).toEqual(eth1);
  });
});

describe('who keeps a definition', () => {
  const stored = [profile('eth1', 'ifupdown'), profile('eth2', 'netplan')];
  it.each<[string, HostState, object, string]>([
    ['nobody', hostWith([], [], [eth1]), {}, 'iproute2'],
    ['the one there is', hostWith(['networkd'], [], [eth1]), {}, 'networkd'],
    ['who has it', hostWith(['networkd', 'ifupdown', 'netplan'], stored, []), {}, 'ifupdown'],
    ['not one that does not run', hostWith(['networkd'], stored, []), {}, 'networkd'],
    [
      'who has its port',
      hostWith(['networkd', 'netplan'], stored, []),
      { name: 'br0', ports: ['eth2'] },
      'netplan',
    ],
    ['who writes for others', hostWith(['networkd', 'netplan'], [], []), {}, 'netplan'],
    ['who is told', hostWith(['networkd', 'netplan'], [], []), { how: { backend: 'networkd' } }, 'networkd'],
    ['nobody, when told so', hostWith(['networkd'], [], []), { how: { backend: 'iproute2' } }, 'iproute2'],
  ])('%s', (_, host, wish, keeper) => {
    expect(keeperOf(host, { name: 'eth1', kind: 'ethernet', ...wish }, settings)).toBe(keeper);
  });
});

it('without a definition there is nothing to keep', () => {
  const host = hostWith([], [], [eth1]);
  for (const params of [
    { state: 'defined' },
    { onboot: true },
    { ipv4: { dhcp: true } },
    { ipv6: { dns: ['::1'] } },
  ]) {
    expect(attempt(() => wanted(host, ['iface', { name: 'eth1', ...params }]))).toMatchObject({
      code: 'PARAM_CONFLICT',
    });
  }
});

function attempt(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    if (error instanceof EngineError) return error;
    throw error;
  }
}
