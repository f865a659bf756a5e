import { describe, expect, it } from 'vitest';
import { checkParams } from '../../src/engine/params.ts';
import { interfacesPlanner } from '../../src/host/interfaces/planner.ts';
import { Namespace, noNamespaces, ownKernel } from '../host/interfaces/kernel/kernel.ts';
import { ModelKernel } from '../host/interfaces/kernel/model-kernel.ts';
import { modules, planTask, type Task } from '../host/interfaces/task.ts';

/** Every string parameter refuses what a shell or ip would take for something else, or passes it on as it is. */

const HOSTILE = [
  'eth0; reboot',
  '$(id)',
  '`id`',
  "it's",
  '"',
  'a\nb',
  '-h',
  '../x',
  '*',
  '\u0000',
  'é'.repeat(8),
];

/** Free text: an argument of its own, or never on a command line */
const FREE = ['label', 'match.driver', 'match.path'];

/** What the kernel takes for the name of an interface: it must arrive as it is */
const NAMES = ['$(id)', '`id`', "it's", '"', '-h', '*', 'a;b', '$HOME', 'a&b', '\\', '~'];

type Schema = Readonly<Record<string, unknown>>;
type Leaf = readonly (string | number)[];

/** Paths to the strings of a schema; lists by their first item, maps by a key `eth0`. */
function* strings(schema: Schema, path: Leaf = []): Generator<Leaf> {
  if (schema.type === 'string') yield path;
  for (const part of [...((schema.anyOf ?? []) as Schema[])]) yield* strings(part, path);
  for (const [name, inner] of Object.entries((schema.properties ?? {}) as Record<string, Schema>))
    yield* strings(inner, [...path, name]);
  if (schema.items) yield* strings(schema.items as Schema, [...path, 0]);
  if (typeof schema.additionalProperties === 'object')
    yield* strings(schema.additionalProperties as Schema, [...path, 'eth0']);
}

const nest = (path: Leaf, value: unknown): unknown =>
  path.reduceRight((inner, step) => (typeof step === 'number' ? [inner] : { [step]: inner }), value);

describe.each(Object.entries(modules))('%s', (name, module) => {
  const leaves = [...new Map([...strings(module.schema)].map((path) => [path.join('.'), path])).entries()];

  it('has strings', () => expect(leaves.length).toBeGreaterThan(10));

  it.each(leaves)('%s', (dotted, path) => {
    for (const value of HOSTILE) {
      const params = { ...(dotted !== 'name' && { name: 'eth0' }), ...(nest(path, value) as object) };
      const { problems } = checkParams(module.schema, params, { label: name, mode: 'runtime' });
      const all = [...problems, ...(module.check?.(params) ?? [])];
      if (FREE.includes(dotted) || NAMES.includes(value)) continue;
      expect([value, all.map(({ code }) => code)]).toEqual([
        value,
        expect.arrayContaining([expect.any(String)]),
      ]);
    }
  });
});

it('a label is one argument, whatever is in it', () => {
  const kernel = new ModelKernel('ip link add name br0 type bridge\nip link set dev br0 up');
  for (const label of HOSTILE) {
    const task: Task = ['bridge', { name: 'br0', label }];
    expect(planTask(task, kernel.observe()).plan.steps.map(({ argv }) => argv.at(-1))).toEqual([label]);
  }
});

describe.skipIf(noNamespaces())(
  `names on a real shell and kernel (${noNamespaces() ?? 'namespaces'})`,
  () => {
    it.each(NAMES)('%s', async (name) => {
      const host = await Namespace.make(ownKernel(), 'ip link add eth0 type veth peer name p0');
      const routes = [{ to: '10.9.0.0/16', via: '10.0.0.9' }];
      const task: Task = [
        'bridge',
        {
          ...{
            name,
            label: HOSTILE.join(' ').replaceAll(/[\n\0]/g, ''),
            mtu: 1400,
            ports: ['eth0'],
            stp: true,
          },
          ...{
            mac: '02:00:00:00:00:77',
            ipv4: { addresses: ['10.0.0.1/24'], routes },
            ipv6: { accept_ra: 0 },
          },
        },
      ];
      try {
        const { goal, plan } = planTask(task, await host.observe());
        await host.apply(plan.steps);
        const after = await host.observe();
        expect(Object.keys(after.links).sort()).toEqual([name, 'eth0', 'lo', 'p0'].sort());
        expect(interfacesPlanner.verify(goal, plan, after)).toEqual([]);
        const { plan: gone } = planTask(['bridge', { name, state: 'absent' }], after);
        await host.apply(gone.steps);
        expect(Object.keys((await host.observe()).links).sort()).toEqual(['eth0', 'lo', 'p0']);
      } finally {
        await host.remove();
      }
    });
  },
);
