import type { FromSchema } from 'json-schema-to-ts';
import {
  asList,
  commonProblems,
  isObject,
  type LooseParams,
  portProblems,
  problem,
} from '../../host/interfaces/check.ts';
import { linkGoal } from '../../host/interfaces/goal.ts';
import type { BridgeOptions, PortVlans } from '../../host/interfaces/link.ts';
import { interfaceSources } from '../../host/interfaces/owner.ts';
import { interfaceName, interfaceProperties, portList } from '../../host/interfaces/schema.ts';
import { interfaceView } from '../../host/interfaces/view.ts';
import { commonWish, type LinkWish } from '../../host/interfaces/wish.ts';
import { bond } from '../bond/index.ts';
import { takingXml } from '../interface-xml.ts';
import { vlan } from '../vlan/index.ts';

const vlanIds = {
  type: 'array',
  items: {
    anyOf: [
      { type: 'integer', minimum: 1, maximum: 4094 },
      {
        type: 'string',
        pattern: '^[0-9]{1,4}(-[0-9]{1,4})?$',
        'x-hint': 'a VLAN ID or a range: 10 or "10-19"',
      },
    ],
  },
} as const;

const schema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    name: { ...interfaceName, description: 'Name of the bridge' },
    ports: { ...portList, description: 'Its ports; the whole list is managed, but for taps of guests' },
    stp: { type: 'boolean', description: 'Spanning tree' },
    forward_delay: {
      type: 'number',
      minimum: 0,
      maximum: 255,
      description: 'Seconds of listening, and again of learning; 2 to 30 with STP',
    },
    ageing_time: {
      type: 'number',
      minimum: 0,
      maximum: 1000000,
      description: 'Seconds until a MAC address is forgotten',
    },
    priority: { type: 'integer', minimum: 0, maximum: 65535, description: 'Bridge priority for STP' },
    vlan_filtering: { type: 'boolean', description: 'Let VLANs through as `vlans` says' },
    vlans: {
      type: 'object',
      description:
        'VLANs by port, or by the name of the bridge for itself; the whole table of each is managed',
      additionalProperties: {
        type: 'object',
        additionalProperties: false,
        properties: {
          pvid: {
            type: 'integer',
            minimum: 1,
            maximum: 4094,
            description:
              'VLAN of frames that come without a tag; they leave without one too, unless tagged lists it',
          },
          tagged: { ...vlanIds, description: 'VLANs whose frames carry their tag' },
          untagged: { ...vlanIds, description: 'VLANs whose frames leave without a tag' },
        },
      },
    },
    group_fwd_mask: {
      type: 'integer',
      minimum: 0,
      maximum: 65535,
      description: 'Link-local groups 01:80:c2:00:00:0X to forward, one bit each',
    },
    mcast_snooping: { type: 'boolean', description: 'Multicast snooping' },
    ...interfaceProperties,
  },
} as const;

type BridgeParams = FromSchema<typeof schema> & { readonly name: string };

/** Linux bridge. */
export const bridge = takingXml<BridgeParams>(
  {
    kind: 'resource',
    atomic: true,
    name: 'bridge',
    summary: 'Keep a bridge and its ports as given',
    schema,
    notes:
      'Ports are brought up, and keep no addresses and routes: whoever moves them states them for the bridge. Taps are ' +
      "guests' own: they are not listed, and stay. What is not stated is left as it is; new bridges have the " +
      "kernel's defaults.",
    check: (params) => [...commonProblems(params), ...portProblems(params), ...bridgeProblems(params)],
    sources: ({ backend }, settings) => interfaceSources(backend, settings),
    goal: (params, host, settings) => linkGoal(host, wishOf(params), settings),
    view: ({ name }, host) => interfaceView(host, name),
  },
  'bridge',
  { bond, vlan },
);

function wishOf(params: BridgeParams): LinkWish {
  const { name, ports, vlans, stp, forward_delay, ageing_time, priority, vlan_filtering } = params;
  const { group_fwd_mask, mcast_snooping } = params;
  const options: BridgeOptions = {
    ...(stp !== undefined && { stp }),
    ...(forward_delay !== undefined && { forward_delay: Math.round(forward_delay * 100) / 100 }),
    ...(ageing_time !== undefined && { ageing_time: Math.round(ageing_time * 100) / 100 }),
    ...(priority !== undefined && { priority }),
    ...(vlan_filtering !== undefined && { vlan_filtering }),
    ...(group_fwd_mask !== undefined && { group_fwd_mask }),
    ...(mcast_snooping !== undefined && { mcast_snooping }),
  };
  const tables =
    vlans && Object.fromEntries(Object.entries(vlans).map(([port, table]) => [port, portVlans(table)]));
  return { ...commonWish(params), kind: 'bridge', name, ports, options, vlans: tables };
}

type VlanIds = readonly (number | string)[];

function portVlans(table: { pvid?: number; tagged?: VlanIds; untagged?: VlanIds }): PortVlans {
  const tagged = expand(table.tagged ?? []);
  const { pvid } = table;
  const own = pvid === undefined || tagged.includes(pvid) ? [] : [pvid];
  return {
    ...(pvid !== undefined && { pvid }),
    tagged,
    untagged: expand([...(table.untagged ?? []), ...own]),
  };
}

/** Single VLANs, sorted. */
function expand(ids: VlanIds): number[] {
  const all = ids.flatMap((id) => {
    const [first = 0, last = first] = String(id).split('-').map(Number);
    return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
  });
  return [...new Set(all)].sort((a, b) => a - b);
}

function bridgeProblems(params: LooseParams) {
  const { stp, forward_delay: delay, group_fwd_mask: mask, vlan_filtering: filtering, vlans } = params;
  const problems = [];
  if (stp === true && typeof delay === 'number' && (delay < 2 || delay > 30)) {
    problems.push(
      problem(['forward_delay'], 'PARAM_RANGE', 'forward_delay must be 2 to 30 seconds with STP on'),
    );
  }
  if (typeof mask === 'number' && (mask & 7) !== 0) {
    const hint = 'the lowest three bits (STP, pause, LACP) must be 0';
    problems.push(
      problem(['group_fwd_mask'], 'PARAM_RANGE', 'the kernel does not forward these groups', hint),
    );
  }
  if (isObject(vlans)) {
    if (filtering === false) {
      problems.push(problem(['vlans'], 'PARAM_CONFLICT', 'vlans needs vlan_filtering, which is false'));
    }
    for (const [port, table] of Object.entries(vlans)) {
      if (isObject(table)) problems.push(...tableProblems(port, table));
    }
  }
  return problems;
}

function tableProblems(port: string, table: LooseParams) {
  const problems = [];
  const seen = new Map<number, string>();
  for (const key of ['tagged', 'untagged'] as const) {
    for (const [index, item] of asList(table[key]).entries()) {
      if (typeof item !== 'number' && typeof item !== 'string') continue;
      const ids = expand([item]);
      const path = ['vlans', port, key, index];
      if (ids.length === 0 || ids.some((id) => id < 1 || id > 4094)) {
        problems.push(problem(path, 'PARAM_RANGE', `${item} is not a VLAN ID or range within 1 to 4094`));
        continue;
      }
      const clash = ids.find((id) => (seen.get(id) ?? key) !== key);
      if (clash !== undefined) {
        problems.push(problem(path, 'PARAM_CONFLICT', `VLAN ${clash} is both tagged and untagged`));
      }
      for (const id of ids) seen.set(id, key);
    }
  }
  return problems;
}
