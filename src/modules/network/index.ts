import type { FromSchema } from 'json-schema-to-ts';
import type { ResourceModule } from '../../engine/module.ts';
import { withCidrs } from '../../host/libvirt/network-addresses.ts';
import { checkNetwork } from '../../host/libvirt/network-check.ts';
import { findNetwork, networkGoal } from '../../host/libvirt/network-goal.ts';
import { stateWord } from '../../host/libvirt/network-report.ts';
import { allNetworkProperties, networkProperties } from '../../host/libvirt/network-schema.ts';
import type { HostState } from '../../host/state.ts';

const own = {
  name: {
    type: 'string',
    minLength: 1,
    pattern: '^[^/\\n]+$',
    description: 'Name of the network',
    'x-hint': 'a network name has no slash and no line break',
  },
  uri: {
    type: 'string',
    minLength: 1,
    description: 'libvirt connection; libvirt_uri of the host when absent',
  },
  state: {
    type: 'string',
    enum: ['active', 'defined', 'inactive', 'absent'],
    description:
      'active (default): defined and started. defined: stored, the live network left as it is. inactive: defined and stopped. absent: removed',
  },
  autostart: { type: 'boolean', description: 'Start it when libvirt starts' },
  restart: {
    type: 'string',
    enum: ['allow', 'never'],
    description:
      'allow (default): an active network is restarted for what cannot change otherwise, unless guests are on it. never: such changes wait',
  },
  force: {
    type: 'boolean',
    description: 'Stop or remove the network although guests are on it, and cut them off',
  },
} as const;

const known = {
  type: 'object',
  additionalProperties: false,
  required: ['name'],
  properties: { ...own, ...networkProperties },
} as const;

const schema = { ...known, properties: { ...own, ...allNetworkProperties } } as const;

/** Parameters of one network. */
export type NetworkParams = FromSchema<typeof known>;

/** A libvirt virtual network, stored and live. */
export const network: ResourceModule<NetworkParams, HostState> = {
  kind: 'resource',
  name: 'network',
  summary: 'Keep a libvirt virtual network as given',
  schema,
  notes:
    'What is left out is left alone; a list that is given is the whole list, and so is each item of it. ' +
    'DHCP ranges and hosts, DNS records, portgroups and pools of interfaces change live. All else of an active ' +
    'network needs a restart: it is made when no guest is on the network and restart is not never, and reported ' +
    'as pending otherwise. Lease times are seconds.',

  check: checkNetwork,

  sources: ({ uri }, settings) => [
    { source: 'networks', uri: uri ?? settings.libvirtUri },
    { source: 'links' },
  ],

  goal(
    { name, uri, state = 'active', autostart, restart = 'allow', force = false, ...fields },
    host,
    settings,
  ) {
    const policy = { uri: uri ?? settings.libvirtUri, name, state, restart, force };
    return networkGoal(host, policy, { fields: withCidrs(fields), autostart });
  },

  view({ name, uri }, host, settings) {
    const found = findNetwork(host, uri ?? settings.libvirtUri, name);
    if (found === undefined) return { name, state: 'absent' };
    const { stored, live, autostart } = found;
    return { name, state: stateWord(found), autostart, stored: stored?.model, live: live?.model };
  },

  result({ name, uri }, host, settings) {
    const found = findNetwork(host, uri ?? settings.libvirtUri, name);
    return { xml: { stored: found?.stored?.xml, live: found?.live?.xml } };
  },
};
