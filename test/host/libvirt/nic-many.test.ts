import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { domainsReader } from '../../../src/host/observe/domains.ts';
import { emptyState } from '../../../src/host/state.ts';
import { allGuests, defineGuests, guestName, lookAt, nicMac } from '../../many-guests.ts';
import { type LibvirtHost, libvirtdMissing, startLibvirtd } from '../../libvirtd.ts';

const GUESTS = 60;

describe.skipIf(libvirtdMissing)(`a host of many guests (${libvirtdMissing ?? 'ready'})`, () => {
  let host: LibvirtHost;

  beforeAll(async () => {
    host = await startLibvirtd();
    await defineGuests(host, GUESTS, 4);
  }, 120_000);
  afterAll(() => host?.stop());

  const task = (guest: number) => ({
    domain: guestName(guest),
    mac: nicMac(guest, 3),
    bridge: 'br0',
    link: 'up' as const,
  });

  test('tasks for all of them cost one round trip, and find nothing to do', { timeout: 60_000 }, async () => {
    const tasks = Array.from({ length: GUESTS }, (_, guest) => task(guest));
    expect(await lookAt(host, tasks)).toMatchObject({ requests: 1, steps: 0 });
    expect(await lookAt(host, [task(7)], [allGuests])).toMatchObject({ requests: 1, steps: 0 });
  });

  test('only those that are asked for are looked into', { timeout: 60_000 }, async () => {
    const uri = allGuests.uri!;
    const output = await host.exec(domainsReader.script(allGuests));
    const { domains } = domainsReader.parse(output, emptyState, allGuests).libvirt[uri]!;
    expect(Object.keys(domains)).toHaveLength(GUESTS);
    const isParsed = (guest: number): boolean =>
      Object.getOwnPropertyDescriptor(domains[guestName(guest)], 'stored')?.get === undefined;
    expect(domains[guestName(5)]?.stored.map(({ model }) => model.mac)).toEqual(
      [0, 1, 2, 3].map((nic) => nicMac(5, nic)),
    );
    expect([5, 6].map(isParsed)).toEqual([true, false]);
  });
});
