/** Files of ours that a person has broken, or added to: never written over, with what else they said lost. */
import { describe, expect, test } from 'vitest';
import { networkd } from '../../../../src/host/interfaces/backends/networkd/index.ts';
import { networkmanager } from '../../../../src/host/interfaces/backends/networkmanager/index.ts';
import { netplan } from '../../../../src/host/interfaces/backends/netplan/index.ts';
import type { BackendFacts, BackendName, Files, Profile } from '../../../../src/host/interfaces/profile.ts';
import { contentsOf, filesOf, writeTo } from './on-files.ts';

const facts: BackendFacts = { active: true, facts: {} };
const ethernet =
  (backend: BackendName) =>
  (fields: Partial<Profile> & Pick<Profile, 'name'>): Profile => ({
    backend,
    kind: 'ethernet',
    at: [],
    ours: true,
    ...fields,
  });

describe('netplan', () => {
  const OURS = '/etc/netplan/99-wirebook.yaml';
  const eth = ethernet('netplan');
  const write = (text: string): Record<string, string> =>
    contentsOf(writeTo(netplan, filesOf({ [OURS]: text }), facts, [eth({ name: 'eth1', mtu: 1400 })]));
  const head = '# Managed by wirebook\nnetwork:\n  version: 2\n';

  test.each([
    [
      'a bracket that is not closed',
      '  ethernets:\n    eth2: {mtu: 1500\n    eth3: {}\n',
      '6:5',
      'end with a }',
    ],
    ['a line moved', '  ethernets:\n    eth2:\n      mtu: 1500\n   eth3: {}\n', '7:1', 'same column'],
    ['a tab', '\tethernets: {}\n', '4:1', 'Tabs'],
    ['a key that is there twice', '  ethernets: {eth2: {}}\n  ethernets: {eth3: {}}\n', '5:3', 'unique'],
    ['a device that is none', '  ethernets:\n    eth2: 1400\n', '5:11', 'ethernets.eth2 is no mapping'],
    ['devices that are none', '  ethernets: [eth2]\n', '4:14', 'ethernets is no mapping'],
    ['devices of another kind', '  wifis: {wlan0: {}}\n', '4:3', 'wifis is not of Wirebook'],
    ['another renderer', '  renderer: NetworkManager\n', '4:3', 'renderer is not of Wirebook'],
  ])('%s', (_, text, place, message) => {
    expect(() => write(head + text)).toThrow(
      expect.objectContaining({
        code: 'REQUIREMENT',
        message: expect.stringMatching(new RegExp(`^${OURS}:${place}: .*${message}`)),
        hint: expect.stringContaining('mend'),
      }),
    );
  });

  test.each([
    ['no network', '# x\nnetwerk: {}\n', '2:1', 'netwerk is not of Wirebook'],
    ['a list', '- x\n', '1:1', 'the file is no mapping'],
    ['two documents', `${head}---\n${head}`, '4:1', 'multiple documents'],
  ])('%s', (_, text, place, message) => {
    expect(() => write(text)).toThrow(new RegExp(`^${OURS}:${place}: .*${message}`));
  });

  test.each(['', '# nothing\n', `${head}`, `${head}  ethernets:\n`])('nothing lost: %j', (text) => {
    expect(write(text)[OURS]).toBe(`${head}  ethernets:\n    eth1:\n      mtu: 1400\n`);
  });

  test('indented otherwise, all of it is there still', () => {
    const files = write('network:\n    ethernets:\n        eth2: {mtu: 1300, optional: true}\n');
    expect(files[OURS]).toBe(
      `${head}  ethernets:\n    eth1:\n      mtu: 1400\n    eth2:\n      mtu: 1300\n      optional: true\n`,
    );
  });

  test.each(['network: [\n', 'network:\n  version: 2\n', '- x\n'])(
    'someone else’s file stays as it is: %j',
    (text) => {
      const theirs = { '/etc/netplan/50-site.yaml': text };
      const files = writeTo(netplan, filesOf(theirs), facts, [eth({ name: 'eth1', controller: 'br0' })]);
      expect(contentsOf(files)).toMatchObject(theirs);
    },
  );
});

describe('networkd', () => {
  const ETC = '/etc/systemd/network';
  const OURS = `${ETC}/05-wirebook-eth1.network`;
  const HAND = `${OURS}.d/x.conf`;
  const eth = ethernet('networkd');
  const task = eth({ name: 'eth1', onboot: 'onboot', mtu: 1400 });
  const text = '# Managed by wirebook\n\n[Match]\nName=eth1\n\n[Network]\nDNS=10.0.0.53\n';
  const write = (
    files: Readonly<Record<string, string>>,
    set: readonly Profile[] = [task],
  ): Record<string, string> => contentsOf(writeTo(networkd, filesOf(files), facts, set));
  const parse = (files: Readonly<Record<string, string>>): readonly Profile[] =>
    networkd.parse(filesOf(files), facts);

  describe('a drop-in by hand', () => {
    const files = { [OURS]: text, [HAND]: '# mine\n[Link]\nMTUBytes=1300\n[Network]\nLLDP=yes\n' };
    const netdev = `${ETC}/05-wirebook-b0.netdev`;
    const bridge = {
      [netdev]: '# Managed by wirebook\n\n[NetDev]\nName=b0\nKind=bridge\n',
      [`${ETC}/05-wirebook-b0.network`]: '# Managed by wirebook\n\n[Match]\nName=b0\n',
    };

    test('makes the definition not ours, and says where', () => {
      expect(parse(files)).toMatchObject([
        {
          name: 'eth1',
          mtu: 1300,
          ours: false,
          at: [
            { file: HAND, line: 3 },
            { file: OURS, line: 4 },
          ],
        },
      ]);
    });

    test('of a bridge’s device, too', () => {
      const hand = { [`${netdev}.d/x.conf`]: '[Bridge]\nSTP=yes\n' };
      expect(parse(bridge)).toMatchObject([{ name: 'b0', ours: true }]);
      expect(parse({ ...bridge, ...hand })).toMatchObject([
        { name: 'b0', ours: false, at: [{ file: `${netdev}.d/x.conf`, line: 2 }, {}, {}] },
      ]);
    });

    test('comes along when it is adopted', () => {
      const [have] = parse(files);
      const after = write(files, [{ ...have!, ours: true, mtu: 1400 }]);
      expect(after).toEqual({
        [OURS]:
          '# Managed by wirebook\n\n[Match]\nName=eth1\n\n[Link]\nMTUBytes=1400\n\n[Network]\nDNS=10.0.0.53\nLLDP=yes\n',
      });
      expect(parse(after)).toMatchObject([{ ours: true }]);
    });

    test('leaves ours beside it alone', () => {
      const vlan = eth({ name: 'v5', kind: 'vlan', parent: 'eth1', vlan: { id: 5 } });
      const stacked = write({ [OURS]: text }, [vlan]);
      expect(parse(stacked).every(({ ours }) => ours)).toBe(true);
      const have = parse({ ...stacked, [HAND]: files[HAND]! }).find(({ name }) => name === 'eth1');
      const after = write({ ...stacked, [HAND]: files[HAND]! }, [{ ...have!, ours: true }]);
      expect(Object.keys(after).sort()).toEqual(Object.keys(stacked).sort());
    });

    test('that another program generates is refused', () => {
      const run = `/run/systemd/network/05-wirebook-eth1.network.d/x.conf`;
      expect(() => write({ [OURS]: text, [run]: '[Network]\nLLDP=yes\n' })).toThrow(
        `eth1 is defined by ${run}, which another program generates`,
      );
    });
  });

  describe('broken by hand', () => {
    test.each([
      ['a section that is not closed', text.replace('[Match]', '[Match'), 3],
      ['a line without =', text.replace('DNS=', 'DNS '), 7],
      ['a line without a key', text.replace('DNS=', '='), 7],
      ['a line before the first section', `mtu = 4\n${text}`, 1],
    ])('%s', (_, broken, line) => {
      expect(() => write({ [OURS]: broken })).toThrow(
        expect.objectContaining({
          code: 'REQUIREMENT',
          message: expect.stringContaining(`${OURS}:${line}: `),
          hint: expect.stringContaining('mend'),
        }),
      );
      expect(write({ [OURS]: broken }, [{ ...task, name: 'eth2' }])[OURS]).toBe(broken);
    });

    test('a drop-in, before it is adopted', () => {
      expect(() => write({ [OURS]: text, [HAND]: '[Link\nMTUBytes=1300\n' })).toThrow(`${HAND}:1: `);
    });

    test('what networkd does not load is nobody’s definition', () => {
      const wide: BackendFacts = { active: true, facts: { link: 'eth1 - 1 - -\neth2 - 1 - -' } };
      const names = (files: Readonly<Record<string, string>>): string[] =>
        networkd.parse(filesOf(files), wide).map(({ name }) => name);
      expect(names({ [OURS]: text.replace('[Match]', '[Match') })).toEqual([]);
      expect(names({ [OURS]: text.replace('Name=eth1', '') })).toEqual([]);
      expect(names({ [OURS]: text, [HAND]: '[Link\n' })).toEqual([]);
      expect(names({ [OURS]: text.replace('DNS=', 'DNS ') })).toEqual(['eth1']);
    });
  });
});

describe('NetworkManager', () => {
  const ETC = '/etc/NetworkManager/system-connections';
  const OURS = `${ETC}/wirebook-eth1.nmconnection`;
  const eth = ethernet('networkmanager');
  const text =
    '# Managed by wirebook\n[connection]\ntype=ethernet\ninterface-name=eth1\n\n[ipv4]\nmethod=auto\n';
  const files = (content: string): Files => ({ [OURS]: { content, mode: 0o600, uid: 0, gid: 0 } });
  const write = (content: string, name = 'eth1'): string | undefined =>
    writeTo(networkmanager, files(content), facts, [eth({ name, mtu: 1400 })])[OURS]?.content;

  test.each([
    ['a section that is not closed', text.replace('[ipv4]', '[ipv4'), 6],
    ['a line without =', text.replace('method=', 'method '), 7],
    ['a line before the first section', `a=b\n${text}`, 1],
    ['no [connection]', text.replace('[connection]', '[connexion]'), 1],
    ['no type', text.replace('type=ethernet\n', ''), 2],
    ['a type that is not Wirebook’s', text.replace('=ethernet', '=wifi'), 3],
    ['for another interface', text.replace('=eth1', '=eth7'), 4],
    ['nothing', '', 1],
  ])('%s', (_, broken, line) => {
    expect(() => write(broken)).toThrow(
      expect.objectContaining({
        code: 'REQUIREMENT',
        message: expect.stringContaining(`${OURS}:${line}: `),
        hint: expect.stringContaining('mend'),
      }),
    );
    expect(write(broken, 'eth2')).toBe(broken);
  });

  test('what NetworkManager does not load is no definition', () => {
    expect(networkmanager.parse(files(text), facts)).toMatchObject([{ name: 'eth1' }]);
    expect(networkmanager.parse(files(text.replace('method=', 'method ')), facts)).toEqual([]);
  });

  test('a whole one is written again', () => {
    expect(write(text)).toContain('mtu=1400');
    expect(write(text.replaceAll('\n', '\r\n'))).toContain('mtu=1400');
  });
});
