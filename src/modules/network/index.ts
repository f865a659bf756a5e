import type { FromSchema } from 'json-schema-to-ts';
import type { ResourceModule } from '../../engine/module.ts';
import { withCidrs } from '../../host/libvirt/network-addresses.ts';
import { documentName } from '../../host/libvirt/network-document.ts';
import { findNetwork, networkGoal } from '../../host/libvirt/network-goal.ts';
import { stateWord } from '../../host/libvirt/network-report.ts';
import { networkProperties } from '../../host/libvirt/network-schema.ts';
import type { HostState } from '../../host/state.ts';
import { checkNetworkTask } from './check.ts';

const own = {
  name: {
    type: 'string',
    minLength: 1,
    pattern: '^[^/\\n]+$',
    description: 'Name of the network; can be left out beside xml',
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
      'What an active network is not changed by otherwise. Left out: it is restarted if no guest is on it, else the task is refused. allow: restarted, and each NIC of a guest plugged in again. never: such changes wait',
  },
  force: {
    type: 'boolean',
    description: 'Stop or remove the network although guests are on it, and cut them off',
  },
  xml: {
    type: 'string',
    'x-file': true,
    'x-hint': 'XML, or @FILE',
    description:
      "libvirt's own XML of the whole network, or @FILE; instead of the parameters that describe it. What it leaves out the network does not have, but for UUID, MAC address and bridge name, which stay",
  },
} as const;

const schema = {
  type: 'object',
  additionalProperties: false,
  properties: { ...own, ...networkProperties },
} as const;

/** Parameters of one network. */
export type NetworkParams = FromSchema<typeof schema>;

const nameOf = ({ name, xml }: NetworkParams): string => name ?? documentName(xml ?? '') ?? '';

/** A libvirt virtual network, stored and live. */
export const network: ResourceModule<NetworkParams, HostState> = {
  kind: 'resource',
  name: 'network',
  summary: 'Keep a libvirt virtual network as given',
  schema,
  notes:
    'What is left out is left alone; a list that is given is the whole list, and so is each item of it. ' +
    'DHCP ranges and hosts, DNS records, portgroups and pools of interfaces change live. All else of an active ' +
    'network needs a restart, which the plan says with every NIC of a guest on it; see `restart`. ' +
    'Title, description and metadata are stored, and the live network has them from its next start. ' +
    'Lease times are seconds.',

  check: checkNetworkTask,

  sources: ({ uri }, settings) => [
    { source: 'networks', uri: uri ?? settings.libvirtUri },
    { source: 'links' },
  ],

  goal(params, host, settings) {
    const { name: _, uri, state = 'active', autostart, restart, force = false, xml, ...fields } = params;
    const policy = { uri: uri ?? settings.libvirtUri, name: nameOf(params), state, restart, force };
    return networkGoal(host, policy, { fields: withCidrs(fields), document: xml, autostart });
  },

  view({ uri, ...params }, host, settings) {
    const name = nameOf(params);
    const found = findNetwork(host, uri ?? settings.libvirtUri, name);
    if (found === undefined) return { name, state: 'absent' };
    const { stored, live, autostart } = found;
    return { name, state: stateWord(found), autostart, stored: stored?.model, live: live?.model };
  },

  result({ uri, ...params }, host, settings) {
    const found = findNetwork(host, uri ?? settings.libvirtUri, nameOf(params));
    return { xml: { stored: found?.stored?.xml, live: found?.live?.xml } };
  },
};
