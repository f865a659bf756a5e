import { describe, expect, it } from 'vitest';
import type { Step } from '../../../../src/engine/module.ts';
import type { Activation } from '../../../../src/host/interfaces/backends/backend.ts';
import { ifupdown } from '../../../../src/host/interfaces/backends/ifupdown/index.ts';
import type { Link, Links } from '../../../../src/host/interfaces/link.ts';
import { nothingStored, type Profile } from '../../../../src/host/interfaces/profile.ts';

const profile = (fields: Partial<Profile> & Pick<Profile, 'name'>): Profile => ({
  ...{ kind: 'ethernet', backend: 'ifupdown', onboot: 'onboot', at: [], ours: true },
  ...fields,
});

const link = (name: string, up: boolean, fields: Partial<Link> = {}): Link => {
  const none = { addresses: [], dynamic: [], linkLocal: [], routes: [], learned: [] };
  return {
    name,
    kind: 'ethernet',
    index: 1,
    up,
    mac: '',
    mtu: 1500,
    promisc: false,
    ipv4: none,
    ipv6: none,
    ...fields,
  };
};

const byName = <T extends { readonly name: string }>(items: readonly T[]): Record<string, T> =>
  Object.fromEntries(items.map((item) => [item.name, item]));

interface Case {
  readonly before?: readonly Profile[];
  readonly after?: readonly Profile[];
  readonly links?: readonly Link[];
  readonly goal?: readonly Link[];
  readonly up?: readonly string[];
  readonly flavour?: string;
  readonly more?: Partial<Activation>;
}

function activation({
  before = [],
  after = [],
  links = [],
  goal = links,
  up = [],
  flavour,
  more,
}: Case): Activation {
  const facts = { up: ['lo', ...up].join('\n'), ...(flavour !== undefined && { flavour }) };
  const names = new Set(before.map(({ name }) => name));
  const kept = new Set(after.map(({ name }) => name));
  return {
    stored: nothingStored,
    facts: { active: true, facts },
    change: {
      set: after.filter((one) => !before.includes(one)),
      remove: [...names].filter((name) => !kept.has(name)),
    },
    files: [],
    before: byName(before),
    after: byName(after),
    links: byName(links) as Links,
    goal: byName(goal) as Links,
    operations: [],
    start: [],
    stop: [],
    ...more,
  };
}

/** Commands, without the scripts in them. */
const shown = (steps: readonly Step[]): string[] =>
  steps.map(({ argv, stdin }) => {
    const words = argv[0] === 'sh' ? ['sh', ...argv.slice(4)] : argv;
    return [
      words.join(' '),
      ...(stdin === undefined ? [] : [stdin.trimEnd().replaceAll(/\n\s*/g, '; ')]),
    ].join(' < ');
  });

const eth0 = profile({ name: 'eth0', ipv4: { addresses: ['192.0.2.1/24'] } });
const leased = profile({ name: 'eth0', ipv4: { dhcp: true } });
const hooked = profile({
  name: 'eth0',
  extra: ['inet up /bin/x', 'inet pre-down /bin/y', 'inet bridge_maxwait 0', 'allow-ovs'],
});
const [isUp, isDown] = [[link('eth0', true)], [link('eth0', false)]];
const start = 'ifup -i /dev/stdin eth0';
const forget = 'ifdown -i /dev/null eth0';

describe('what is done beside operations', () => {
  it.each<[string, Case, string[]]>([
    ['nothing where nothing is to be live', { after: [eth0], links: isUp }, []],
    [
      'an interface that is up becomes known to ifup',
      { after: [eth0], links: isUp, more: { active: ['eth0'] } },
      [`${start} < iface eth0 inet manual`],
    ],
    [
      'one that ifup takes for up though its definition was deleted by hand starts afresh',
      { after: [eth0], links: isUp, up: ['eth0'], more: { active: ['eth0'] } },
      [forget, `${start} < iface eth0 inet manual`],
    ],
    [
      'the same with a lease: whatever client still runs is ended',
      { after: [leased], links: isUp, up: ['eth0'], more: { active: ['eth0'], start: ['eth0'] } },
      ['sh eth0', forget, `${start} < iface eth0 inet dhcp`],
    ],
    [
      'the same, gone for good: it is struck off',
      { links: isUp, goal: isDown, up: ['eth0', 'eth7'], more: { stop: ['eth0'] } },
      [forget],
    ],
    [
      'one that ifup knows stays as it is',
      {
        before: [eth0],
        after: [{ ...eth0, mtu: 1400 }],
        links: isUp,
        up: ['eth0'],
        more: { active: ['eth0'] },
      },
      [],
    ],
    [
      'an interface that comes up becomes known to ifup',
      { before: [eth0], after: [eth0], links: isDown, goal: isUp, more: { active: ['eth0'] } },
      [`${start} < iface eth0 inet manual`],
    ],
    [
      'an interface that goes down is struck off',
      { before: [eth0], after: [eth0], links: isUp, goal: isDown, up: ['eth0'], more: { stop: ['eth0'] } },
      [forget],
    ],
    [
      'a port without a definition of its own is struck off',
      {
        before: [eth0],
        after: [{ ...profile({ name: 'eth0', controller: 'br0' }), onboot: undefined } as unknown as Profile],
        ...{ links: isUp, up: ['eth0'], more: { active: ['eth0'] } },
      },
      [forget],
    ],
    [
      'more addresses of it are struck off with their name',
      {
        before: [{ ...eth0, ours: false }],
        after: [eth0],
        ...{ links: isUp, up: ['eth0', 'eth0:1', 'eth01:1'], more: { active: ['eth0'] } },
      },
      ['ifdown -i /dev/null eth0:1'],
    ],
    [
      'DHCP starts',
      { before: [eth0], after: [leased], links: isUp, up: ['eth0'], more: { start: ['eth0'] } },
      ['sh eth0', forget, `${start} < iface eth0 inet dhcp`],
    ],
    [
      'DHCP that has no lease starts again',
      { before: [leased], after: [leased], links: isUp, up: ['eth0'], more: { start: ['eth0'] } },
      ['sh eth0', forget, `${start} < iface eth0 inet dhcp`],
    ],
    [
      'DHCP that has a lease goes on',
      {
        before: [leased],
        after: [{ ...leased, mtu: 1400 }],
        links: isUp,
        up: ['eth0'],
        more: { active: ['eth0'] },
      },
      [],
    ],
    [
      'DHCP ends',
      { before: [leased], after: [eth0], links: isUp, up: ['eth0'], more: { active: ['eth0'] } },
      ['sh eth0'],
    ],
    [
      'commands of people are run on the way up',
      { before: [hooked], after: [hooked], links: isDown, goal: isUp, more: { active: ['eth0'] } },
      [`${start} < iface eth0 inet manual; up /bin/x; pre-down /bin/y`],
    ],
    [
      'and on the way down',
      {
        before: [hooked],
        after: [hooked],
        links: isUp,
        goal: isDown,
        up: ['eth0'],
        more: { stop: ['eth0'] },
      },
      ['ifdown -i /dev/stdin eth0 < iface eth0 inet manual; up /bin/x; pre-down /bin/y', forget],
    ],
    [
      'but not when it is up already',
      { after: [hooked], links: isUp, more: { active: ['eth0'] } },
      [`${start} < iface eth0 inet manual`],
    ],
    [
      'hooks hear of other name servers',
      {
        before: [eth0],
        after: [{ ...eth0, ipv4: { ...eth0.ipv4, dns: { servers: ['192.0.2.53'] } } }],
        ...{ links: isUp, up: ['eth0'], more: { active: ['eth0'] } },
      },
      ['ifup --force -i /dev/stdin eth0 < iface eth0 inet manual; dns-nameservers 192.0.2.53'],
    ],
    [
      'rules come and go',
      {
        before: [{ ...eth0, ipv4: { rules: [{ from: '10.0.0.0/8', table: 5 }, { to: '10.1.0.0/16' }] } }],
        after: [
          { ...eth0, ipv4: { rules: [{ to: '10.1.0.0/16' }] }, ipv6: { rules: [{ table: 7, priority: 9 }] } },
        ],
        ...{ links: isUp, up: ['eth0'], more: { active: ['eth0'] } },
      },
      ['ip -4 rule del from 10.0.0.0/8 table 5', 'ip -6 rule add from all table 7 priority 9'],
    ],
    [
      'ifupdown2 has no such record',
      { before: [eth0], after: [leased], links: isUp, flavour: 'ifupdown2', more: { start: ['eth0'] } },
      ['ifup eth0'],
    ],
  ])('%s', (_, given, expected) => {
    expect(shown(ifupdown.activate(activation(given)))).toEqual(expected);
  });

  it('lets addresses be gone that go with a lease', () => {
    const given = activation({ before: [leased], after: [eth0], links: isUp, up: ['eth0'] });
    const address = { op: 'delete-address', link: 'eth0', family: 'ipv4', address: '192.0.2.9/24' } as const;
    const steps = ifupdown.activate({ ...given, operations: [address, { ...address, link: 'eth1' }] });
    expect(steps.slice(1).map(({ success }) => success)).toEqual([[0, 2], undefined]);
  });

  it('starts what stands on others last', () => {
    const stack = [
      profile({ name: 'br0', kind: 'bridge' }),
      profile({ name: 'bond0.20', kind: 'vlan', controller: 'br0' }),
      profile({ name: 'bond0', kind: 'bond' }),
    ];
    const links = stack.map(({ name, kind }) => link(name, true, { kind }));
    const steps = ifupdown.activate(
      activation({ after: stack, links, more: { active: ['br0', 'bond0', 'bond0.20'] } }),
    );
    expect(shown(steps)[0]).toMatch(/^ifup -i \/dev\/stdin bond0 bond0.20 br0 </);
  });
});

describe('after old files are back', () => {
  it.each<[string, Case, string[]]>([
    ['what is as it was stays', { before: [eth0], after: [eth0], up: ['eth0'] }, []],
    ['a new interface is struck off', { after: [eth0] }, [forget]],
    ['what was up is up', { before: [eth0], up: ['eth0'] }, [`${start} < iface eth0 inet manual`]],
    [
      'DHCP runs again',
      { before: [leased], after: [eth0], up: ['eth0'] },
      [forget, `${start} < iface eth0 inet dhcp`],
    ],
    [
      'DHCP that has come goes',
      { before: [eth0], after: [leased], links: isUp, up: ['eth0'] },
      ['sh eth0', forget, `${start} < iface eth0 inet manual`],
    ],
    [
      'what was taken down is up again',
      { before: [leased], after: [leased], links: isUp, goal: isDown, up: ['eth0'] },
      [forget, `${start} < iface eth0 inet dhcp`],
    ],
  ])('%s', (_, given, expected) => {
    expect(shown(ifupdown.restore(activation(given)))).toEqual(expected);
  });
});
