/** Random edits of guest NICs: of most fields, between all types that this machine can plug in, in every scope. */
import type { NicTask } from '../libvirt-tasks.ts';
import type { Random } from './random.ts';

/** Guests of the soak. What runs has no system in it; its cards are USB ones, which go without its help. */
const guests = ['off', 'paused', 'transient', 'running'] as const;

export function randomNicEdit(random: Random): NicTask {
  const domain = random.pick(guests);
  const nic = random.pick(['a', 'b', 'c'] as const);
  if (random.chance(10)) {
    return { domain, nic, state: random.pick(['absent', 'inactive'] as const) };
  }
  const fields = Object.assign({}, ...some(random, 1 + random.below(3)));
  return {
    domain,
    nic,
    ...placed(random, domain),
    ...(random.chance(80) && source(random)),
    ...(domain === 'running'
      ? { model: 'usb-net', address: `usb:bus=0,port=${{ a: 1, b: 2, c: 3 }[nic]}` }
      : { model: random.chance(90) ? 'virtio' : 'e1000e' }),
    ...(random.chance(25) && { replug: 'allow' as const }),
    ...fields,
  };
}

/** Which of the guest's definitions are meant. */
function placed(random: Random, domain: (typeof guests)[number]): Pick<NicTask, 'state' | 'scope'> {
  if (domain === 'transient' || random.chance(60)) return {};
  return random.pick([
    { state: 'defined' },
    { scope: 'config' },
    { scope: 'live' },
    { scope: 'both' },
  ] as const);
}

const sources: readonly Partial<NicTask>[] = [
  { network: 'lan', portgroup: '' },
  { network: 'lan', portgroup: 'admin' },
  { network: 'lan2' },
  { network: 'hostbr' },
  { network: 'macvtap' },
  { bridge: 'br9' },
  { bridge: 'br8' },
  { dev: 'eth8', mode: 'bridge' },
  { dev: 'eth8', mode: 'private' },
  { dev: 'eth9', mode: 'vepa' },
  { type: 'user' },
  { type: 'ethernet' },
  { type: 'server', socket: { address: '127.0.0.1', port: 5559 } },
];

const source = (random: Random): Partial<NicTask> => random.pick(sources);

function some(random: Random, count: number): Partial<NicTask>[] {
  const choices: readonly (() => Partial<NicTask>)[] = [
    () => ({ link: random.pick(['up', 'down'] as const) }),
    () => ({ bandwidth: { inbound: { average: 100 * (1 + random.below(5)) } } }),
    () => ({ bandwidth: { inbound: {}, outbound: random.chance(50) ? { average: 64 } : {} } }),
    () => ({ mtu: random.pick([1400, 9000]) }),
    () => ({ coalesce: { rx_frames: random.below(3) * 5 } }),
    () => ({ sndbuf: 4096 * (1 + random.below(2)) }),
    () => ({ port_isolated: random.chance(50) }),
    () => ({ alias: `ua-${random.pick(['x', 'y'])}` }),
    () => ({ downscript: random.pick(['', '/bin/true']) }),
    () => ({ trust_guest_rx_filters: random.chance(50) }),
  ];
  return Array.from({ length: count }, () => random.pick(choices)());
}
