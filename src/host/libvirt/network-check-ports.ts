/** What cannot be of VLANs and virtual ports, of the network and its portgroups: libvirt would drop or mangle it. */
import type { ParamProblem } from '../../engine/module.ts';
import type { NetworkFields } from './network.ts';

type Path = ParamProblem['path'];
type Port = Pick<NetworkFields, 'vlan' | 'virtualport'>;

/** Parameters of each type of virtual port. */
const parameters: Readonly<Record<string, readonly string[]>> = {
  '802.1Qbg': ['managerid', 'typeid', 'typeidversion', 'instanceid'],
  '802.1Qbh': ['profileid'],
  openvswitch: ['interfaceid', 'profileid'],
  midonet: ['interfaceid'],
};

export const portProblems = ({ vlan, virtualport, portgroups = [] }: NetworkFields): ParamProblem[] => [
  ...problemsOf({ vlan, virtualport } as Port, []),
  ...portgroups.flatMap((group, index) => problemsOf(group, ['portgroups', index])),
];

function problemsOf({ vlan, virtualport }: Port, at: Path): ParamProblem[] {
  const { type, ...given } = virtualport ?? {};
  const foreign = Object.keys(type === undefined ? {} : given).filter(
    (name) => !parameters[type!]?.includes(name),
  );
  const ids = (vlan?.tags ?? []).map(({ id }) => id);
  const twice = ids.flatMap((id, index) => (ids.indexOf(id) < index ? [[id, index] as const] : []));
  return [
    ...foreign.map((name): ParamProblem => {
      const message = `${name} is not for virtual ports of type ${type}`;
      return { path: [...at, 'virtualport', name], at: 'key', code: 'PARAM_CONFLICT', message };
    }),
    ...twice.map(([id, index]): ParamProblem => {
      const message = `VLAN ${id} is there twice`;
      return { path: [...at, 'vlan', 'tags', index, 'id'], code: 'PARAM_CONFLICT', message };
    }),
  ];
}
