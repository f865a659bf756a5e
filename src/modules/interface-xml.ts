import { EngineError } from '../engine/errors.ts';
import type { AnyModule, Goal, ParamProblem, ResourceModule } from '../engine/module.ts';
import { isUnknown } from '../engine/unknown.ts';
import { type LooseParams, problem } from '../host/interfaces/check.ts';
import {
  type InterfaceTask,
  kernelProblems,
  portMacProblem,
  tasksOfXml,
} from '../host/libvirt/interface-params.ts';
import { interfaceProblems } from '../host/libvirt/interface-xml.ts';
import type { HostState } from '../host/state.ts';

type InterfaceModule<P> = ResourceModule<P, HostState>;
type Given = { readonly name?: string; readonly xml?: string };

/** Parameters that XML has no words for: they can stand beside it. */
const BESIDE = [
  'name',
  'xml',
  'state',
  'label',
  'uuid',
  'backend',
  'adopt',
  'guard',
  'confirm_timeout',
  'confirm_host',
];
const ONLY_TOP = ['label', 'uuid'];

/** An ethernet interface can be found by other things. */
const nameMissing = (kind: InterfaceTask['kind'], { name }: LooseParams): ParamProblem[] =>
  kind === 'ethernet' || name !== undefined
    ? []
    : [{ ...problem([], 'PARAM_MISSING', `${kind} needs name, or xml`), at: 'key' }];

/** A module that takes libvirt's XML in place of its own parameters, and what is in the interface by modules of its kind. */
export function takingXml<P extends Given>(
  module: InterfaceModule<P>,
  kind: InterfaceTask['kind'],
  inside: Readonly<Partial<Record<InterfaceTask['kind'], AnyModule<HostState>>>> = {},
): InterfaceModule<P> {
  const moduleOf = (task: InterfaceTask): InterfaceModule<unknown> =>
    (task.kind === kind ? module : inside[task.kind]) as InterfaceModule<unknown>;

  /** Tasks in the order in which they are done, with what the parameters beside the XML say */
  const tasksOf = (params: LooseParams, text: string): readonly InterfaceTask[] => {
    const tasks = tasksOfXml(text);
    const beside = Object.entries(params).filter(([key]) => key !== 'xml' && key !== 'name');
    const shared = beside.filter(([key]) => !ONLY_TOP.includes(key));
    const whole = tasks.map((task, index) => ({
      kind: task.kind,
      params: { ...task.params, ...Object.fromEntries(index === tasks.length - 1 ? beside : shared) },
    }));
    return params.state === 'absent' || params.state === 'inactive' ? whole.reverse() : whole;
  };

  const check = (params: LooseParams): readonly ParamProblem[] => {
    const { xml } = params;
    if (xml === undefined) return [...nameMissing(kind, params), ...(module.check?.(params) ?? [])];
    const clashes = Object.keys(params)
      .filter((key) => !BESIDE.includes(key))
      .map((key) => problem([key], 'PARAM_CONFLICT', `the XML says this: ${key} cannot stand beside it`));
    if (typeof xml !== 'string') return clashes;
    const wrong = interfaceProblems(xml).map(({ code, message, hint }) =>
      problem(['xml'], code, message, hint),
    );
    if (wrong.length > 0) return [...clashes, ...wrong];
    const tasks = tasksOfXml(xml);
    const top = tasks.at(-1)!;
    if (top.kind !== kind) {
      const other = top.kind === 'ethernet' ? 'iface' : top.kind;
      const message = `the XML is of the ${top.kind === 'ethernet' ? 'interface' : top.kind} ${top.params.name}`;
      return [...clashes, problem(['xml'], 'PARAM_CONFLICT', message, `use the module ${other}`)];
    }
    if (typeof params.name === 'string' && params.name !== top.params.name) {
      const message = `name is ${params.name}, and in the XML ${top.params.name}`;
      clashes.push(problem(['name'], 'PARAM_CONFLICT', message, 'leave name out'));
    }
    return [
      ...clashes,
      ...tasks.flatMap(kernelProblems),
      ...tasks.flatMap((task) =>
        (moduleOf(task).check?.(task.params) ?? []).map(({ path, ...rest }) => {
          const where = [task.params.name, ...path].join('.');
          return {
            ...rest,
            path: ['xml'],
            at: 'value' as const,
            message: `${where} in the XML: ${rest.message}`,
          };
        }),
      ),
    ];
  };

  return {
    ...module,
    check,

    goal(params, host, settings) {
      if (params.xml === undefined) return module.goal(params, host, settings);
      const otherCard = portMacProblem(params.xml, host.links);
      if (otherCard) throw new EngineError('PARAM_CONFLICT', otherCard);
      let goal: Goal<HostState> | undefined;
      for (const task of tasksOf(params, params.xml)) {
        const next = moduleOf(task).goal(task.params, goal?.state ?? host, settings);
        goal = {
          ...next,
          claims: [...(goal?.claims ?? []), ...next.claims],
          warnings: [...(goal?.warnings ?? []), ...(next.warnings ?? [])],
        };
      }
      return goal!;
    },

    view(params, host, settings) {
      if (params.xml === undefined || isUnknown(params.xml)) return module.view(params, host, settings);
      return module.view({ ...params, ...tasksOfXml(params.xml).at(-1)!.params } as P, host, settings);
    },
  };
}
