/** Labels that are there after a boot: by udev, since neither networkd nor netplan has a word for them. */
import { describe, expect, test } from 'vitest';
import { netplan } from '../../../../src/host/interfaces/backends/netplan/index.ts';
import { networkd } from '../../../../src/host/interfaces/backends/networkd/index.ts';
import type { BackendFacts, Profile } from '../../../../src/host/interfaces/profile.ts';
import { contentsOf, writeTo } from './on-files.ts';

const facts: BackendFacts = { active: true, facts: {} };
const RULES = '/etc/udev/rules.d/90-wirebook-eth1.rules';

describe.each([networkd, netplan])('$name', (backend) => {
  const eth1 = (label?: string): Profile => ({
    name: 'eth1',
    kind: 'ethernet',
    backend: backend.name,
    at: [],
    ours: true,
    ...(label !== undefined && { label }),
  });

  test.each([
    ['spare', '"spare"'],
    ['a "b" $c 5%', '"a \\"b\\" $$c 5%%"'],
    ['C:\\ "x"', 'e"C:\\\\ \\"x\\""'],
  ])('%s', (label, value) => {
    const files = writeTo(backend, {}, facts, [eth1(label)]);
    expect(contentsOf(files)[RULES]).toBe(`# Managed by wirebook
SUBSYSTEM=="net", ACTION=="add", KERNEL=="eth1", ENV{ID_NET_NAME}=="|eth1", ATTR{ifalias}=${value}
SUBSYSTEM=="net", ACTION=="add", KERNEL!="eth1", ENV{ID_NET_NAME}=="eth1", ATTR{ifalias}=${value}
`);
    expect(writeTo(backend, files, facts, [eth1(label)])).toEqual(files);
    expect(contentsOf(writeTo(backend, files, facts, [eth1()]))).not.toHaveProperty([RULES]);
    expect(contentsOf(writeTo(backend, files, facts, [], ['eth1']))).toEqual({});
  });
});
