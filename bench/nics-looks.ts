/** Entry of bench/nics.mjs: prints a table of what it takes to look at a host of 200 guests with 4 NICs each. */
import { type Look, allGuests, defineGuests, guestName, lookAt, nicMac } from '../test/many-guests.ts';
import { startLibvirtd } from '../test/libvirtd.ts';

const GUESTS = 200;
const NICS = 4;
const RUNS = 5;

const converged = (guest: number, nic: number) => ({
  domain: guestName(guest),
  mac: nicMac(guest, nic),
  bridge: 'br0',
  model: 'virtio',
});
const tasksOf = (guests: number, nics: number) =>
  Array.from({ length: guests }, (_, guest) =>
    Array.from({ length: nics }, (_unused, nic) => converged(guest, nic)),
  ).flat();

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

const host = await startLibvirtd();
try {
  await defineGuests(host, GUESTS, NICS);
  console.log(
    `| ${GUESTS} guests of ${NICS} NICs, converged | round trips | controller CPU, ms | memory, MiB |`,
  );
  console.log('|---|---|---|---|');
  for (const [name, tasks, also] of [
    ['all read, one named', tasksOf(1, NICS), [allGuests]],
    ['all read, ten named', tasksOf(10, NICS), [allGuests]],
    ['all named', tasksOf(GUESTS, NICS), []],
  ] as const) {
    const looks: Look[] = [];
    await lookAt(host, tasks, also);
    for (let run = 0; run < RUNS; run++) looks.push(await lookAt(host, tasks, also));
    const of = (field: keyof Look): number => median(looks.map((look) => look[field]));
    console.log(`| ${name} | ${of('requests')} | ${of('cpu').toFixed(0)} | ${of('memory').toFixed(1)} |`);
  }
} finally {
  await host.stop();
}
