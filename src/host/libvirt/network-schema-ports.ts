/** Schema of how guests are connected, as networks and portgroups have it. */
import { count, flag, profileId, text } from './network-schema-words.ts';

const rate = {
  type: 'object',
  additionalProperties: false,
  required: ['average'],
  properties: {
    average: count('KiB/s', 1, 4294967295),
    peak: count('KiB/s', 1, 4294967295),
    burst: count('KiB sent at peak speed', 1, 4294967295),
  },
} as const;

export const bandwidth = {
  type: 'object',
  additionalProperties: false,
  description: 'Limits as guests see them',
  properties: {
    inbound: { ...rate, description: 'What guests receive' },
    outbound: { ...rate, description: 'What guests send' },
  },
} as const;

export const vlan = {
  type: 'object',
  additionalProperties: false,
  required: ['tags'],
  description: 'VLANs of guest traffic, on Open vSwitch, SR-IOV or (libvirt 11) Linux bridges',
  properties: {
    trunk: flag('Pass tagged frames; so it is with more than one tag'),
    tags: {
      type: 'array',
      description: 'VLANs; the whole list is managed',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['id'],
        properties: {
          id: count('VLAN ID', 0, 4095),
          native_mode: {
            type: 'string',
            enum: ['tagged', 'untagged'],
            description: 'Native VLAN of a trunk',
          },
        },
      },
    },
  },
} as const;

export const virtualport = {
  type: 'object',
  additionalProperties: false,
  description: 'How ports connect to an external switch',
  properties: {
    type: {
      type: 'string',
      enum: ['802.1Qbg', '802.1Qbh', 'openvswitch', 'midonet'],
      description: 'Kind of switch',
    },
    managerid: text('802.1Qbg VSI manager'),
    typeid: text('802.1Qbg VSI type'),
    typeidversion: text('802.1Qbg VSI type version'),
    instanceid: text('802.1Qbg VSI instance, a UUID'),
    interfaceid: text('Open vSwitch or midonet port, a UUID'),
    profileid: profileId('Port profile of Open vSwitch or 802.1Qbh'),
  },
} as const;
