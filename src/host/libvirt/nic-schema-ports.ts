/** JSON schema of a NIC's addresses, ports, sockets and back ends. */
import { choice, count, filePath, flag, linkName, list, record, uint32 } from './nic-schema-words.ts';

const ip = (description: string) =>
  ({ type: 'string', pattern: '^[0-9a-fA-F.:]{2,45}$', description, 'x-hint': 'an IP address' }) as const;
const cidr = (description: string) =>
  ({
    type: 'string',
    pattern: '^[0-9a-fA-F.:]{2,45}(?:/[0-9]{1,3})?$',
    description,
    'x-hint': 'an address with its prefix, such as 192.168.2.1/24',
  }) as const;
const port = (description: string) => count(description, 1, 65535);

export const addresses = (description: string) =>
  list(`${description}; the whole list is managed, an empty one means none`, {
    anyOf: [
      cidr('Address with its prefix'),
      {
        ...record('Address with a peer', {
          address: cidr('Address with its prefix'),
          peer: ip('Address of the other end'),
        }),
        required: ['address'],
      },
    ],
  });

export const routes = (description: string) =>
  list(`${description}; the whole list is managed, an empty one means none`, {
    ...record('Route', {
      to: cidr('Destination with its prefix'),
      via: ip('Gateway'),
      metric: count('Metric', 1, uint32),
    }),
    required: ['to', 'via'],
  });

export const portForward = list(
  'Ports of the host that lead to the guest (backend passt); the whole list is managed, an empty one means none',
  {
    ...record('Forwarded ports', {
      proto: choice(['tcp', 'udp'], 'Protocol'),
      address: ip('Address of the host; all of them when absent'),
      dev: linkName('Interface of the host; all of them when absent'),
      ranges: list('Ports; all of them when absent', {
        ...record('Range of ports', {
          start: port('First port'),
          end: port('Last port; the first when absent'),
          to: port('First port in the guest; the same when absent'),
          exclude: flag('Leave these out of the other ranges'),
        }),
        required: ['start'],
      }),
    }),
    required: ['proto'],
  },
);

export const socket = record(
  'Where frames go to and come from (types mcast, server, client, udp); settings left out are left alone',
  {
    address: ip('Address: of the group (mcast), to listen at (server), to connect or send to (client, udp)'),
    port: port('Port'),
    local: record('Own end (type udp)', { address: ip('Address'), port: port('Port') }),
  },
);

export const reconnect = record('How QEMU connects anew (type vhostuser); managed whole, {} means none', {
  enabled: flag('Whether it does'),
  timeout: count('Seconds between attempts', 0, uint32),
  delay: count('Seconds between attempts, libvirt 10.4', 0, uint32),
});

const backendType = choice(['slirp', 'passt'], 'What carries the frames of a user NIC');

export const backend = {
  description: 'What carries its frames. A text is the type',
  anyOf: [
    backendType,
    record('Settings left out are left alone', {
      type: backendType,
      tap: filePath('Tap device node, such as /dev/net/tun'),
      vhost: filePath('vhost device node, such as /dev/vhost-net'),
      log_file: filePath('Log of passt'),
    }),
  ],
} as const;

export const coalesce = record(
  'Frames that may wait for one interrupt; managed whole, {} means the default',
  {
    rx_frames: count('Received frames', 0, uint32),
  },
);

export const teaming = record(
  'Two cards of the guest that stand in for each other; managed whole, {} means none',
  {
    type: choice(
      ['persistent', 'transient'],
      'persistent: a virtio card that stays. transient: a host device',
    ),
    persistent: {
      type: 'string',
      pattern: '^ua-[A-Za-z0-9_-]+$',
      description: 'Alias of the card that stays (transient)',
      'x-hint': 'a user alias is ua- and letters, digits, _ and -',
    },
  },
);
