import type {
  ActionModule,
  AnyModule,
  ParamSchema,
  Registry,
  ResourceModule,
} from '../../../src/engine/module.ts';

/** Modules as playbooks need them for loading: real schemas, nothing behind them. */
const schema = (properties: Record<string, unknown>, required: string[] = []): ParamSchema => ({
  type: 'object',
  additionalProperties: false,
  required,
  properties,
});

const action = (
  name: string,
  properties: Record<string, unknown>,
  more: Partial<ActionModule<unknown>> & { required?: string[] } = {},
): ActionModule<unknown> => {
  const { required, ...rest } = more;
  return {
    kind: 'action',
    name,
    summary: name,
    schema: schema(properties, required),
    mutates: false,
    inCheckMode: 'run',
    run: () => Promise.reject(new Error('never run here')),
    ...rest,
  };
};

const resource = (
  name: string,
  properties: Record<string, unknown>,
  required: string[],
  check?: ResourceModule<unknown, unknown>['check'],
): ResourceModule<unknown, unknown> => ({
  kind: 'resource',
  name,
  summary: name,
  schema: schema(properties, required),
  ...(check ? { check } : {}),
  sources: () => [],
  goal: () => {
    throw new Error('never asked here');
  },
  view: () => undefined,
});

const interfaceName = {
  type: 'string',
  minLength: 1,
  maxLength: 15,
  pattern: '^(?!\\.{1,2}$)[^/\\s]+$',
  description: 'Name of the interface',
  'x-hint': 'an interface name has 1 to 15 bytes, no blanks and no /',
};
const state = { enum: ['active', 'defined', 'inactive', 'absent'], description: 'What there should be' };
const mtu = { type: 'integer', minimum: 68, maximum: 65535, description: 'Largest packet, in bytes' };
const address = {
  anyOf: [
    { type: 'string', pattern: '^[0-9a-fA-F.:]+/\\d+$', 'x-hint': 'an address such as 192.0.2.1/24' },
    {
      type: 'object',
      additionalProperties: false,
      required: ['address'],
      properties: {
        address: { type: 'string', description: 'The address' },
        prefix: { type: 'integer', minimum: 0, maximum: 128, description: 'Bits of the network' },
        netmask: { type: 'string', description: 'The network, in the old form' },
      },
    },
  ],
};
const ip = {
  type: 'object',
  additionalProperties: false,
  description: 'Addresses and routes',
  properties: {
    addresses: { type: 'array', items: address, description: 'All of them' },
    gateway: { type: 'string', description: 'Default route' },
    dhcp: { type: 'boolean', description: 'Ask a DHCP server' },
  },
};
const common = { name: interfaceName, state, mtu, ipv4: ip, ipv6: ip };
const ports = { type: 'array', items: interfaceName, uniqueItems: true, description: 'Ports, all of them' };

const modules: readonly AnyModule[] = [
  action(
    'command',
    {
      cmd: { type: 'string', description: 'The command' },
      argv: { type: 'array', items: { type: 'string' }, description: 'The command as a list' },
      creates: { type: 'string', description: 'Nothing to do when this is there' },
      removes: { type: 'string', description: 'Nothing to do when this is not there' },
      chdir: { type: 'string', description: 'Directory to run in' },
      stdin: { type: 'string', description: 'Standard input' },
    },
    { freeForm: 'cmd', mutates: true, inCheckMode: 'skip' },
  ),
  action(
    'shell',
    {
      cmd: { type: 'string', description: 'The script' },
      creates: { type: 'string', description: 'Nothing to do when this is there' },
      executable: { type: 'string', description: 'Shell to use' },
    },
    { freeForm: 'cmd', mutates: true, inCheckMode: 'skip' },
  ),
  action(
    'debug',
    {
      msg: { description: 'What to print' },
      var: { type: 'string', description: 'Expression to print' },
      verbosity: { type: 'integer', minimum: 0, maximum: 5, description: 'Print from this -v on' },
    },
    { raw: ['var'] },
  ),
  action(
    'assert',
    {
      that: {
        anyOf: [
          { type: 'string' },
          { type: 'boolean' },
          { type: 'array', items: { type: ['string', 'boolean'] } },
        ],
        description: 'Conditions',
      },
      fail_msg: { type: 'string', description: 'What to say when one is false' },
      quiet: { type: 'boolean', description: 'Say less' },
    },
    { raw: ['that'], required: ['that'] },
  ),
  action(
    'meta',
    { free_form: { enum: ['flush_handlers', 'noop', 'end_play'], description: 'What to do' } },
    { freeForm: 'free_form', required: ['free_form'] },
  ),
  action('fail', { msg: { type: 'string', description: 'Why' } }),
  {
    ...action('set_fact', {}),
    schema: {
      type: 'object',
      additionalProperties: false,
      properties: { cacheable: { type: 'boolean', description: 'Keep it' } },
      patternProperties: { '^[A-Za-z_][A-Za-z0-9_]*$': {} },
    },
  } as ActionModule<unknown>,
  action('setup', {
    gather_subset: {
      type: 'array',
      items: { type: 'string' },
      description: 'What to read',
      'x-list': 'comma',
    },
  }),
  resource('iface', common, ['name']),
  resource(
    'bridge',
    {
      ...common,
      ports,
      stp: { type: 'boolean', description: 'Spanning tree' },
      forward_delay: { type: 'integer', minimum: 0, maximum: 30, description: 'Seconds' },
      label: { type: 'string', description: 'A role' },
    },
    ['name'],
    (params) =>
      params.stp === false && typeof params.forward_delay === 'number' && params.forward_delay > 15
        ? [
            {
              path: ['forward_delay'],
              code: 'PARAM_CONFLICT',
              message: 'forward_delay over 15 needs stp: true',
            },
          ]
        : [],
  ),
  resource(
    'bond',
    {
      ...common,
      ports,
      mode: { enum: ['balance-rr', 'active-backup', '802.3ad'], description: 'How ports are used' },
      primary: interfaceName,
      miimon: { type: 'integer', minimum: 0, maximum: 10000, description: 'Milliseconds between checks' },
    },
    ['name'],
  ),
  resource(
    'vlan',
    {
      ...common,
      parent: interfaceName,
      id: {
        type: 'integer',
        minimum: 1,
        maximum: 4094,
        description: 'VLAN ID',
        'x-hint': 'VLAN IDs run from 1 to 4094',
      },
      protocol: {
        enum: ['802.1q', '802.1ad'],
        description: 'Tag protocol',
      },
    },
    ['name'],
  ),
  resource(
    'network',
    {
      name: { type: 'string', minLength: 1, description: 'Name of the network' },
      state,
      autostart: { type: 'boolean', description: 'Start with the host' },
      bridge: {
        type: 'object',
        additionalProperties: false,
        description: 'The bridge of the network',
        properties: { name: interfaceName, stp: { type: 'boolean', description: 'Spanning tree' } },
      },
      forward: {
        type: 'object',
        additionalProperties: false,
        description: 'How it reaches the outside',
        properties: {
          mode: { enum: ['nat', 'route', 'open', 'isolated', 'bridge'], description: 'How' },
          dev: interfaceName,
        },
      },
    },
    ['name'],
  ),
  resource(
    'domain-nic',
    {
      domain: { type: 'string', description: 'The guest' },
      mac: { type: 'string', pattern: '^([0-9a-f]{2}:){5}[0-9a-f]{2}$', description: 'MAC address' },
      type: { enum: ['network', 'bridge', 'direct', 'user'], description: 'What it is plugged into' },
      network: { type: 'string', description: 'The network' },
      link: { enum: ['up', 'down'], description: 'Carrier' },
    },
    ['domain'],
  ),
];

const atomic = new Set(['iface', 'bridge', 'bond', 'vlan']);

export const registry: Registry = new Map(
  modules.map((module) => [
    module.name,
    module.kind === 'resource' && atomic.has(module.name) ? { ...module, atomic: true } : module,
  ]),
);
