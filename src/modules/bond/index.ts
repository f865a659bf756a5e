import type { FromSchema } from 'json-schema-to-ts';
import { canonicalAddress } from '../../host/interfaces/address.ts';
import { BOND_MODES, bondModeProblem } from '../../host/interfaces/bond-mode.ts';
import {
  asList,
  commonProblems,
  type LooseParams,
  nameProblems,
  portProblems,
  problem,
} from '../../host/interfaces/check.ts';
import { linkGoal } from '../../host/interfaces/goal.ts';
import type { BondOptions } from '../../host/interfaces/link.ts';
import { interfaceSources } from '../../host/interfaces/owner.ts';
import { interfaceName, interfaceProperties, portList } from '../../host/interfaces/schema.ts';
import { interfaceView } from '../../host/interfaces/view.ts';
import { commonWish, type LinkWish } from '../../host/interfaces/wish.ts';
import { takingXml } from '../interface-xml.ts';

const milliseconds = { type: 'integer', minimum: 0, maximum: 2147483647 } as const;

const schema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    name: { ...interfaceName, description: 'Name of the bond' },
    mode: {
      enum: [...BOND_MODES, 0, 1, 2, 3, 4, 5, 6],
      description: 'How ports share the work, by name or number; a change releases all ports for a moment',
    },
    ports: { ...portList, description: 'Its ports; the whole list is managed' },
    primary: { ...interfaceName, description: 'Port to use whenever it is up' },
    miimon: { ...milliseconds, description: 'Milliseconds between looks at the carrier; 0 turns it off' },
    updelay: {
      ...milliseconds,
      description: 'Milliseconds until a port that came up is used, a multiple of miimon',
    },
    downdelay: {
      ...milliseconds,
      description: 'Milliseconds until a port that went down is not used, a multiple of miimon',
    },
    use_carrier: {
      type: 'boolean',
      description: 'Ask the driver for the carrier rather than the MII; newer kernels always do',
    },
    arp_interval: { ...milliseconds, description: 'Milliseconds between ARP probes; 0 turns them off' },
    arp_targets: {
      type: 'array',
      maxItems: 16,
      uniqueItems: true,
      items: { type: 'string', pattern: '^[0-9.]+$', 'x-hint': 'an IPv4 address' },
      description: 'IPv4 addresses to probe',
    },
    arp_validate: {
      enum: ['none', 'active', 'backup', 'all', 'filter', 'filter_active', 'filter_backup'],
      description: 'Which ports must see the probes',
    },
    lacp_rate: {
      enum: ['slow', 'fast'],
      description: 'How often LACP frames are asked for, in mode 802.3ad',
    },
    xmit_hash_policy: {
      enum: ['layer2', 'layer2+3', 'layer3+4', 'encap2+3', 'encap3+4', 'vlan+srcmac'],
      description: 'What chooses the port of a frame',
    },
    fail_over_mac: {
      enum: ['none', 'active', 'follow'],
      description: 'Whose MAC the bond and its ports have',
    },
    ...interfaceProperties,
  },
} as const;

type BondParams = FromSchema<typeof schema> & { readonly name: string };

/** Linux bond. */
export const bond = takingXml<BondParams>(
  {
    kind: 'resource',
    atomic: true,
    name: 'bond',
    summary: 'Keep a bond and its ports as given',
    schema,
    notes:
      'The kernel changes mode and fail_over_mac only on a bond that is down and has no ports, so they are released ' +
      'and taken again. A port that leaves a bond is down afterwards.',
    check: (params) => [...commonProblems(params), ...portProblems(params), ...bondProblems(params)],
    sources: ({ backend }, settings) => interfaceSources(backend, settings),
    goal: (params, host, settings) => linkGoal(host, wishOf(params), settings),
    view: ({ name }, host) => interfaceView(host, name),
  },
  'bond',
);

function wishOf(params: BondParams): LinkWish {
  const { name, ports, mode, arp_targets } = params;
  const same = ['primary', 'miimon', 'updelay', 'downdelay', 'use_carrier', 'arp_interval'] as const;
  const more = ['arp_validate', 'lacp_rate', 'xmit_hash_policy', 'fail_over_mac'] as const;
  const options: BondOptions = {
    ...(mode !== undefined && { mode: modeName(mode) }),
    ...(arp_targets !== undefined && {
      arp_targets: arp_targets.map((target) => canonicalAddress(target) ?? target),
    }),
    ...Object.fromEntries(
      [...same, ...more].flatMap((key) => (params[key] === undefined ? [] : [[key, params[key]]])),
    ),
  };
  return { ...commonWish(params), kind: 'bond', name, ports, options };
}

const modeName = (mode: unknown): string | undefined =>
  typeof mode === 'number' ? BOND_MODES[mode] : typeof mode === 'string' ? mode : undefined;

function bondProblems(params: LooseParams) {
  const { primary, ports, miimon, arp_interval: arpInterval, arp_targets: targets } = params;
  const problems = [...nameProblems(['primary'], primary)];
  const certain = Array.isArray(ports) && ports.every((port) => typeof port === 'string');
  if (typeof primary === 'string' && certain && !ports.includes(primary)) {
    problems.push(problem(['primary'], 'PARAM_CONFLICT', `${primary} is not one of ports`));
  }
  if (isPositive(miimon) && isPositive(arpInterval)) {
    const message = 'miimon and arp_interval turn each other off: give one of them';
    problems.push(problem(['arp_interval'], 'PARAM_CONFLICT', message));
  }
  for (const key of ['updelay', 'downdelay'] as const) {
    const delay = params[key];
    if (!isPositive(delay)) continue;
    if (miimon === 0 || isPositive(arpInterval)) {
      problems.push(problem([key], 'PARAM_CONFLICT', `${key} needs miimon`));
    } else if (isPositive(miimon) && delay % miimon !== 0) {
      const hint = `the kernel would make it ${delay - (delay % miimon)}`;
      problems.push(
        problem([key], 'PARAM_RANGE', `${key} must be a multiple of miimon, which is ${miimon}`, hint),
      );
    }
  }
  if (isPositive(arpInterval) && Array.isArray(targets) && targets.length === 0) {
    problems.push(problem(['arp_targets'], 'PARAM_CONFLICT', 'arp_interval needs targets to probe'));
  }
  for (const [index, target] of asList(targets).entries()) {
    if (typeof target === 'string' && canonicalAddress(target) === undefined) {
      problems.push(problem(['arp_targets', index], 'PARAM_FORMAT', `${target} is not an IPv4 address`));
    }
  }
  const mode = modeName(params.mode);
  const wrong = mode === undefined ? undefined : bondModeProblem(mode, params);
  if (wrong) problems.push(problem([wrong.option], 'PARAM_CONFLICT', wrong.message));
  return problems;
}

const isPositive = (value: unknown): value is number => typeof value === 'number' && value > 0;
