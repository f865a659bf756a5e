import type { FromSchema } from 'json-schema-to-ts';
import { commonProblems, type LooseParams, nameProblems, problem } from '../../host/interfaces/check.ts';
import { linkGoal } from '../../host/interfaces/goal.ts';
import type { VlanOptions } from '../../host/interfaces/link.ts';
import { interfaceSources } from '../../host/interfaces/owner.ts';
import { interfaceName, interfaceProperties } from '../../host/interfaces/schema.ts';
import { interfaceView } from '../../host/interfaces/view.ts';
import { commonWish, type LinkWish } from '../../host/interfaces/wish.ts';
import { takingXml } from '../interface-xml.ts';

const vlanId = {
  type: 'integer',
  minimum: 1,
  maximum: 4094,
  'x-hint': 'VLAN IDs run from 1 to 4094',
} as const;

const schema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    name: { ...interfaceName, description: 'Name of the VLAN interface' },
    parent: { ...interfaceName, description: 'Link that carries the tagged frames' },
    device: { ...interfaceName, description: 'Another name for parent' },
    id: { ...vlanId, description: 'VLAN ID' },
    tag: { ...vlanId, description: 'Another name for id' },
    protocol: { enum: ['802.1q', '802.1ad'], description: 'Kind of tag; 802.1q for a new interface' },
    reorder_hdr: { type: 'boolean', description: 'Take the tag out of received frames' },
    ...interfaceProperties,
  },
} as const;

type VlanParams = FromSchema<typeof schema> & { readonly name: string };

/** 802.1Q interface on top of a parent link. */
export const vlan = takingXml<VlanParams>(
  {
    kind: 'resource',
    atomic: true,
    name: 'vlan',
    summary: 'Keep a VLAN interface as given',
    schema,
    notes:
      'A changed parent, id or protocol is a replacement: the interface is deleted and made again, and what stood on ' +
      'it is put back. An interface that is up needs a parent that is up, so the parent is brought up too.',
    check: (params) => [...commonProblems(params), ...vlanProblems(params)],
    sources: ({ backend }, settings) => interfaceSources(backend, settings),
    goal: (params, host, settings) => linkGoal(host, wishOf(params), settings),
    view: ({ name }, host) => interfaceView(host, name),
  },
  'vlan',
);

function wishOf(params: VlanParams): LinkWish {
  const { name, parent, device, id, tag, protocol, reorder_hdr } = params;
  const vlanNumber = id ?? tag;
  const options: VlanOptions = {
    ...(vlanNumber !== undefined && { id: vlanNumber }),
    ...(protocol !== undefined && { protocol }),
    ...(reorder_hdr !== undefined && { reorder_hdr }),
  };
  return { ...commonWish(params), kind: 'vlan', name, parent: parent ?? device, options };
}

function vlanProblems(params: LooseParams) {
  const problems = [...nameProblems(['parent'], params.parent), ...nameProblems(['device'], params.device)];
  for (const [key, alias] of [
    ['parent', 'device'],
    ['id', 'tag'],
  ] as const) {
    if (params[key] !== undefined && params[alias] !== undefined) {
      problems.push(
        problem([alias], 'PARAM_CONFLICT', `${alias} is another name for ${key}: give one of them`),
      );
    }
  }
  const parent = params.parent ?? params.device;
  if (typeof parent === 'string' && parent === params.name) {
    problems.push(problem(['name'], 'PARAM_CONFLICT', `${parent} cannot stand on itself`));
  }
  return problems;
}
