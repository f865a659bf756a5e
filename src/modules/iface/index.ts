import type { FromSchema } from 'json-schema-to-ts';
import { commonProblems, type LooseParams, problem } from '../../host/interfaces/check.ts';
import { linkGoal } from '../../host/interfaces/goal.ts';
import { matchLink } from '../../host/interfaces/match.ts';
import { interfaceSources } from '../../host/interfaces/owner.ts';
import { interfaceName, interfaceProperties, macAddress } from '../../host/interfaces/schema.ts';
import { interfaceView } from '../../host/interfaces/view.ts';
import { commonWish } from '../../host/interfaces/wish.ts';
import { takingXml } from '../interface-xml.ts';

const schema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    name: { ...interfaceName, description: 'Name of the interface' },
    match: {
      type: 'object',
      additionalProperties: false,
      minProperties: 1,
      description: 'Find the interface by what it is, instead of by its name',
      properties: {
        mac: { ...macAddress, description: "MAC address, the device's own" },
        driver: { type: 'string', minLength: 1, description: 'Kernel driver, such as ixgbe' },
        path: { type: 'string', minLength: 1, description: 'Bus address, such as 0000:00:03.0' },
      },
    },
    promisc: { type: 'boolean', description: 'Take all frames, whatever their address' },
    link: {
      description: 'Speed, duplex, autonegotiation, offloads',
      not: {},
      'x-later':
        'set it where the host keeps the interface: a .link file, nmcli, or ethtool in an `up` line; what a definition has of it is kept',
    },
    sriov: {
      description: 'Virtual functions',
      not: {},
      'x-later':
        'set it where the host keeps the interface: a .link file, nmcli, or sriov_numvfs and `ip link set … vf` in `up` lines; what a definition has of it is kept',
    },
    ...interfaceProperties,
  },
} as const;

type IfaceParams = FromSchema<typeof schema>;

/** Physical interface. */
export const iface = takingXml<IfaceParams>(
  {
    kind: 'resource',
    atomic: true,
    name: 'iface',
    summary: 'Keep an ethernet interface as given',
    schema,
    notes:
      'The device itself always stays: absent and inactive mean that it is down, has no addresses, and is no ' +
      "one's port.",
    check: (params) => [...commonProblems(params), ...ifaceProblems(params)],
    sources: ({ backend }, settings) => interfaceSources(backend, settings),

    goal(params, host, settings) {
      const { match, promisc, state } = params;
      const name = params.name ?? matchLink(host.links, match ?? {}, state === 'absent');
      if (name === undefined) return { part: 'interfaces', state: host, claims: [] };
      return linkGoal(host, { ...commonWish(params), kind: 'ethernet', name, promisc }, settings);
    },

    view({ name, match, state }, host) {
      const found = name ?? matchLink(host.links, match ?? {}, state === 'absent');
      return found === undefined ? { state: 'absent' } : interfaceView(host, found);
    },
  },
  'ethernet',
);

function ifaceProblems({ name, match }: LooseParams) {
  if (name === undefined && match === undefined) {
    return [problem([], 'PARAM_MISSING', 'name or match is needed')];
  }
  if (name !== undefined && match !== undefined) {
    return [problem(['match'], 'PARAM_CONFLICT', 'name and match contradict each other: give one of them')];
  }
  return [];
}
