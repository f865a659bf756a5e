/** Files of ours that a person has broken: never written over, with what else they said lost. */
import { describe, expect, test } from 'vitest';
import { netplan } from '../../../../src/host/interfaces/backends/netplan/index.ts';
import type { BackendFacts, BackendName, Profile } from '../../../../src/host/interfaces/profile.ts';
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
