/** Guests that a playbook finds by itself: facts, and a loop over them. */
import { expect, test } from 'vitest';
import { guestXml, virshEach } from '../../libvirt-objects.ts';
import { type LibvirtHost, libvirtdMissing, startLibvirtd } from '../../libvirtd.ts';
import { run, useNamespace } from './namespace.ts';

const setup = virshEach(
  'define',
  ['web1', 'web2', 'db1'].map((name) => guestXml(name)),
);

let host: LibvirtHost | undefined;
useNamespace(async () => {
  if (libvirtdMissing !== undefined) return { argv: [], stop: () => Promise.resolve() };
  host = await startLibvirtd();
  const { status, stderr } = await host.exec(setup);
  if (status !== 0) throw new Error(stderr);
  return host;
});

const tasks = [
  { facts: { gather_subset: 'guests', guests: 'web*' }, register: 'host' },
  {
    'domain-nic': { domain: '{{ item }}', nic: 'front', type: 'user', model: 'virtio' },
    loop: '{{ host.guests | list }}',
  },
  { facts: { gather_subset: 'guests' }, register: 'host' },
  {
    assert: {
      that: [
        "host.guests | list == ['db1', 'web1', 'web2']",
        'host.guests.web1.nics.stored[0].type == "user"',
        'host.guests.db1.nics.stored == []',
        'host.networks is not defined',
      ],
    },
  },
];

test.skipIf(libvirtdMissing !== undefined)(
  `a card for every guest of a name: foretold, made, then ok in one round trip (${libvirtdMissing ?? 'ready'})`,
  { timeout: 120_000 },
  async () => {
    const check = await run(tasks, true);
    expect(check.statuses).toEqual(['ok', 'changed', 'ok', 'ok']);
    expect((await run(tasks)).statuses).toEqual(['ok', 'changed', 'ok', 'ok']);
    const again = await run(tasks);
    expect(again.statuses).toEqual(['ok', 'ok', 'ok', 'ok']);
    expect(again.requests).toHaveLength(1);
    for (const name of ['web1', 'web2', 'db1']) {
      const { stdout } = await host!.exec(`virsh -q domiflist ${name}`);
      expect(stdout.trim().split('\n').filter(Boolean)).toHaveLength(name === 'db1' ? 0 : 1);
    }
  },
);
