import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EngineError } from '../../../src/engine/errors.ts';
import type { RestoreStep } from '../../../src/engine/module.ts';
import { quoteAll } from '../../../src/engine/transport/quote.ts';
import { restoreSteps } from '../../../src/host/guard/restore.ts';
import { ages } from '../../../src/host/guard/restore-options.ts';
import { touchedLinks } from '../../../src/host/guard/touched.ts';
import { toStep } from '../../../src/host/interfaces/backends/iproute2/commands.ts';
import { converge } from '../../../src/host/interfaces/converge.ts';
import type { Link, Links } from '../../../src/host/interfaces/link.ts';
import type { HostState } from '../../../src/host/state.ts';
import { seeds } from '../../seeds.ts';
import { tasks } from '../interfaces/domain.ts';
import { type Kernel, Namespace, startUml, umlImage } from '../interfaces/kernel/kernel.ts';
import { modules } from '../interfaces/task.ts';
import { ALL, anyCommand, DAMAGE, DEVICES, HOSTS, script } from './mess.ts';
import { Random } from './random.ts';

/**
 * A random state, a random mess made of it (any commands, or the first steps of a plan to somewhere), and back: on a
 * real kernel, in network namespaces of it. All that Wirebook reads of links must be as before.
 */
const cases = seeds(4, process.env.WIREBOOK_RESTORE_SECONDS);

/** What /bin/sh is on some hosts. Debian's busybox would take its own ip before that of iproute2. */
const SHELLS = [
  { argv: ['sh'], prelude: '' },
  { argv: ['/bin/bash', '--posix'], prelude: '' },
  { argv: ['/bin/busybox', 'sh'], prelude: 'ip() { /sbin/ip "$@"; }\n' },
].filter(({ argv: [path = ''] }) => path === 'sh' || existsSync(path));

const image = umlImage();
describe.skipIf(!image)(`restore on a real kernel (${image ?? 'needs WIREBOOK_UML'})`, () => {
  let kernel: Kernel;
  beforeAll(async () => {
    kernel = await startUml(image!);
  });
  afterAll(() => kernel?.stop());

  it.each([1, 2, 3])('host %i, damaged', { timeout: 300_000 }, async (index) => {
    const host = await Namespace.make(kernel, DEVICES);
    try {
      await host.run(script(HOSTS[index]!.split('\n')));
      const shell = SHELLS[index % SHELLS.length]!;
      expect(await spoil(host, shell, DAMAGE[index]!.split('\n'))).toEqual([]);
    } finally {
      await host.remove();
    }
  });

  it('the link-local address that goes with the MAC', { timeout: 300_000 }, async () => {
    const host = await Namespace.make(kernel, DEVICES);
    const locals = async (): Promise<unknown> => (await host.observe()).links.n1?.ipv6.linkLocal;
    try {
      const up = (mac: string): string[] => [
        `ip link set dev n1 down address ${mac}`,
        'ip link set dev n1 up',
        'sleep 0.1',
      ];
      await host.run(
        script([
          'ip link add name n1 type bridge',
          'ip link set dev e1 master n1',
          ...up('02:00:00:00:00:0a'),
        ]),
      );
      for (let wait = 0; wait < 50 && (await locals())?.toString() === ''; wait++)
        await host.run('sleep 0.1');
      expect(await locals()).toEqual(['fe80::ff:fe00:a/64']);
      expect(await spoil(host, SHELLS[0]!, [...up('02:00:00:00:00:0b'), 'sleep 2'])).toEqual([]);
      expect(await locals()).toEqual(['fe80::ff:fe00:a/64']);
    } finally {
      await host.remove();
    }
  });

  it('no link-local address where there was none', { timeout: 300_000 }, async () => {
    const host = await Namespace.make(kernel, DEVICES);
    const mode = (link: string, value: number): string =>
      `echo ${value} >/proc/sys/net/ipv6/conf/${link}/addr_gen_mode`;
    const locals = async (): Promise<unknown[]> => {
      const { links } = await host.observe();
      return [links.e1, links.e2].map((link) => link?.ipv6.linkLocal);
    };
    try {
      // One that is down, and one that is up and has none on purpose
      await host.run(
        script([
          'ip link set dev e1 down',
          mode('e2', 1),
          'ip link set dev e2 down',
          'ip link set dev e2 up',
        ]),
      );
      expect(await locals()).toEqual([[], []]);
      const mess = [
        mode('e1', 1),
        mode('e2', 0),
        'ip link set dev e2 down',
        'ip link set dev e2 up',
        'sleep 2',
      ];
      expect(await spoil(host, SHELLS[0]!, mess)).toEqual([]);
      expect(await locals()).toEqual([[], []]);
    } finally {
      await host.remove();
    }
  });

  it('IPv6 of a port whose bond goes', { timeout: 300_000 }, async () => {
    const host = await Namespace.make(kernel, DEVICES);
    const acceptsRa = async (): Promise<unknown> => (await host.observe()).links.e2?.ipv6.accept_ra;
    // It gives the MTU back without a word, so that the kernel does not make IPv6 for the port again
    const taken = [
      'ip link add name n1 type bond mode active-backup miimon 100',
      'ip link set dev e2 down',
      'ip link set dev e2 master n1',
      'ip link set dev n1 up',
      'ip link set dev e2 mtu 1000',
      'ip link delete dev n1',
    ];
    try {
      await host.run(script(['ip link set dev e2 down', 'echo 2 >/proc/sys/net/ipv6/conf/e2/accept_ra']));
      expect(await spoil(host, SHELLS[0]!, taken)).toEqual([]);
      expect(await acceptsRa()).toBe(2);
      await host.run(script(taken));
      expect(await acceptsRa()).toBeUndefined();
      expect(await spoil(host, SHELLS[0]!, ['ip link set dev e2 up'])).toEqual([]);
    } finally {
      await host.remove();
    }
  });

  it(`puts back what was, ${cases.title}`, { timeout: cases.timeout }, async () => {
    const failures: string[] = [];
    for (const seed of cases.each) {
      const problems = await tryCase(kernel, seed);
      if (problems.length > 0) failures.push([`WIREBOOK_SEED=${seed}`, ...problems].join('\n'));
    }
    expect(failures.join('\n\n')).toBe('');
  });
});

/** One host, spoilt and put back several times. */
async function tryCase(kernel: Kernel, seed: number): Promise<string[]> {
  const random = new Random(seed);
  const commands = (count: number): string[] =>
    Array.from({ length: count }, () => anyCommand(random)).flat();
  const build = [...random.one(HOSTS).split('\n'), ...commands(random.below(40))];
  const host = await Namespace.make(kernel, DEVICES);
  try {
    await host.run(script(build));
    for (let round = 0; round < 3; round++) {
      const shell = random.one(SHELLS);
      const planned = random.chance(50) ? planPrefix(random, await host.observe()) : undefined;
      const problems = await spoil(
        host,
        shell,
        planned?.lines ?? commands(5 + random.below(30)),
        planned?.touched,
      );
      if (problems.length > 0) return [...problems, 'state:', ...build];
    }
    return [];
  } finally {
    await host.remove();
  }
}

/** What is not as before after a mess and a restore. */
async function spoil(
  host: Namespace,
  shell: (typeof SHELLS)[number],
  mess: readonly string[],
  planned?: ReadonlySet<string>,
): Promise<string[]> {
  const before = (await host.observe()).links;
  const othersBefore = await others(host);
  // What is noted of links that the mess makes is nothing
  const expected = planned ?? new Set([...Object.keys(before), ...ALL]);
  const steps = restoreSteps(before, expected)
    // Neighbours do not answer here, which takes a second
    .filter(({ title }) => title !== 'tell the neighbours')
    .map((step) => inShell(step, shell));
  const noted = await host.run(`set -e\nmkdir -p /run/notes\n${steps.flatMap(note).join('\n')}`);
  expect(noted).toMatchObject({ status: 0, stderr: '' });
  await host.run(script(mess));
  const { stderr } = await host.run(steps.map(line).join('\n'));
  const problems = [
    ...unlike(before, (await host.observe()).links),
    ...unlikeOthers(before, othersBefore, await others(host)),
  ];
  return problems.length === 0 ? [] : [...problems, 'mess:', ...mess, `said by ${shell.argv[0]}:`, stderr];
}

function inShell(step: RestoreStep, { argv, prelude }: (typeof SHELLS)[number]): RestoreStep {
  const started = ([program = '', option = '', script = '', ...values]: readonly string[]): string[] =>
    program === 'sh' ? [...argv, option, prelude + script, ...values] : [program, option, script, ...values];
  return { ...step, argv: started(step.argv), ...(step.note && { note: started(step.note) }) };
}

const note = (step: RestoreStep, index: number): string[] =>
  step.note ? [`${quoteAll(step.note)} >/run/notes/${index}`] : [];

/** What the model does not hold, as the tools print it. */
async function others(host: Namespace): Promise<string[]> {
  const { stdout } = await host.run(`export LC_ALL=C
for family in -4 -6; do
  ip $family rule show | sed "s/^/rule $family /"
  ip -o $family route show table all | grep nexthop | sed 's/ dead\\| linkdown\\| onlink//g'
done
ip neigh show nud permanent
ip neigh show proxy
bridge fdb show | grep static
cd /proc/sys/net
grep -sH . ipv4/conf/*/* ipv6/conf/*/* | grep -v '/\\(all\\|default\\)/'
`);
  return stdout.split('\n');
}

const names = (...all: Links[]): string[] => all.flatMap((links) => Object.keys(links));

/** The first steps to some goal, in the names of the mess. */
function planPrefix(random: Random, before: HostState): { lines: string[]; touched: Set<string> } {
  const rename: Record<string, string> = { x: 'n1', y: 'n2', v: 'n3', e1: 'e1', e2: 'e2' };
  for (;;) {
    const [module, params] = random.one(tasks);
    const renamed = JSON.parse(JSON.stringify(params), (key, value) =>
      key !== '' && typeof value === 'string' && Object.hasOwn(rename, value) ? rename[value] : value,
    );
    try {
      const goal = modules[module].goal(renamed, before, {
        libvirtUri: 'qemu:///system',
        networkBackend: 'iproute2',
      });
      const { operations, links } = converge(before.links, goal);
      const count = random.chance(30) ? operations.length : random.below(operations.length + 1);
      return {
        lines: operations.slice(0, count).map((operation) => quoteAll(toStep(operation).argv)),
        touched: new Set([...touchedLinks(before.links, links, operations), 'lo']),
      };
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
    }
  }
}

const line = ({ argv, title, note }: RestoreStep, index: number): string =>
  `${quoteAll(argv)} ${note ? `</run/notes/${index} ` : ''}|| echo ${quoteAll([`failed: ${title}`])} >&2`;

/**
 * A bond that was deleted gave it a larger MTU back and the kernel took no note. It makes IPv6 for the link as soon as
 * that is up, and nothing but an MTU under 1280 takes IPv6 away again.
 */
const mayGetIPv6 = ({ mtu, ipv6 }: Link): boolean => Number(mtu) >= 1280 && ipv6.accept_ra === undefined;

function unlikeOthers(links: Links, before: readonly string[], after: readonly string[]): string[] {
  const given = Object.values(links).flatMap((link) => (mayGetIPv6(link) ? [`ipv6/conf/${link.name}/`] : []));
  return [
    ...before.filter((one) => !after.includes(one)).map((one) => `is missing: ${one}`),
    ...after
      .filter((one) => !before.includes(one) && !given.some((folder) => one.startsWith(folder)))
      .map((one) => `should not be there: ${one}`),
  ];
}

function unlike(want: Links, have: Links): string[] {
  return [...new Set(names(want, have))].flatMap((name) => {
    const [before, after] = [want[name], have[name]];
    if (!before || !after) return [`${name}: ${before ? 'is missing' : 'should not be there'}`];
    const [a, b] = [flat(before), flat(after)];
    // A bridge that lost its last port has no MAC, and none can be taken from it
    if (before.mac === '00:00:00:00:00:00') b.mac = a.mac;
    if ([before, after].some(({ bridge }) => bridge && !ages(bridge)))
      b['bridge.ageing_time'] = a['bridge.ageing_time'];
    if (mayGetIPv6(before)) for (const field of ['accept_ra', 'autoconf']) delete b[`ipv6.${field}`];
    return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((field) =>
      a[field] === b[field] ? [] : [`${name}.${field}: ${b[field]}, not ${a[field]}`],
    );
  });
}

/** What a person would call the link's state: not its number, nor the kernel's own addresses. */
function flat({ index: _, ...link }: Link): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(link).flatMap(([key, value]): [string, string | undefined][] => {
      if (!['ipv4', 'ipv6', 'bridge', 'bond', 'vlan'].includes(key)) return [[key, JSON.stringify(value)]];
      return Object.entries(value as object)
        .filter(([field]) => field !== 'linkLocal')
        .map(([field, inner]) => [`${key}.${field}`, JSON.stringify(sorted(field, inner))]);
    }),
  );
}

/** Routes have no order of their own. */
const sorted = (field: string, value: unknown): unknown =>
  field === 'routes' || field === 'learned'
    ? (value as object[]).map((route) => JSON.stringify(route)).sort()
    : value;
