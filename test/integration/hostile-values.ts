/** Values that would do harm where a shell, XML, an option parser or a path took them for more than a value. */
export const HOSTILE: Readonly<Record<string, string>> = {
  semicolon: 'eth0; touch /canary-semicolon',
  dollar: '$(touch /canary-dollar)',
  backtick: '`touch /canary-backtick`',
  singleQuote: "' ; touch /canary-single ; '",
  doubleQuote: '" ; touch /canary-double ; "',
  newline: 'a\ntouch /canary-newline\n',
  nul: 'a\0; touch /canary-nul',
  pipe: 'x | touch /canary-pipe',
  background: 'x & touch /canary-background',
  // Short enough, and without white space, for the name of an interface
  shortDollar: '$(>/canary-s)',
  shortDollarHere: '$(>canary)',
  shortSemicolon: 'a;>canary',
  shortBacktick: '`>canary`',
  shortQuote: "';>canary;'",
  backslash: 'a\\',
  option: '--help',
  shortOption: '-f',
  parents: '../../canary',
  absolute: '/canary-path',
  glob: '*',
  home: '~root',
  element: '<canary/>',
  entity: '&canary;',
  attribute: "' canary='1",
  attributeDouble: '" canary="1',
  closing: '"/></network><canary/>',
  cdata: ']]><canary/>',
  comment: '<!-- canary',
  percent: '%n%s%1$s',
  unicode: 'ünï-☃-𝄞',
  bidirectional: 'a\u202eb',
  escape: 'a\u001b[31mb',
  // What every object of JavaScript has
  prototype: '__proto__',
  inherited: 'constructor',
  empty: '',
  space: ' ',
  long: 'x'.repeat(70_000),
};

/** Those of them that libvirt is tried with: it takes its time. */
export const HOSTILE_IN_XML: readonly string[] = [
  ...['dollar', 'singleQuote', 'doubleQuote', 'newline', 'nul', 'option', 'parents', 'element', 'entity'],
  ...['attribute', 'attributeDouble', 'closing', 'cdata', 'comment', 'unicode', 'empty', 'long'],
  ...['prototype', 'inherited'],
];

const addresses = { addresses: ['10.8.1.1/24', { address: '10.8.1.2', netmask: '255.255.255.0' }] };
const common = {
  state: 'active',
  mac: '02:00:00:00:00:09',
  label: 'a label',
  ipv4: { ...addresses, routes: [{ to: '10.8.2.0/24', via: '10.8.1.9', dev: 'NAME', src: '10.8.1.1' }] },
  ipv6: {
    addresses: ['fd00:8::1/64', { address: 'fd00:8::2', prefix: 64 }],
    routes: [{ to: 'fd00:9::/64', via: 'fd00:8::9', dev: 'NAME', src: 'fd00:8::1' }],
  },
  backend: 'iproute2',
};

const limits = { average: 1000 };
const virtualport = {
  type: '802.1Qbg',
  managerid: '11',
  typeid: '1193047',
  typeidversion: '2',
  instanceid: '09b11c53-8b5c-4eeb-8f00-d84eaa0aaa4f',
};
const openvswitch = {
  type: 'openvswitch',
  interfaceid: '09b11c53-8b5c-4eeb-8f00-d84eaa0aaa4f',
  profileid: 'profile',
};
const vlan = { trunk: true, tags: [{ id: 42, native_mode: 'untagged' }] };
const nic = { domain: 'web1', mac: '52:54:00:aa:00:02', type: 'network', network: 'nics' };

/** What only a definition can hold: name servers in both spellings, rules, how it starts and is guarded; and XML. */
const stored = (name: string, kind: string, inside = '') => [
  {
    name,
    onboot: 'onboot',
    uuid: '3e3fce45-4f53-4fa7-bb32-11f34168b82b',
    guard: 'never',
    confirm_host: '198.51.100.1',
    ...Object.fromEntries(
      (['ipv4', 'ipv6'] as const).map((family) => {
        const [from, to] = family === 'ipv4' ? ['10.8.1.0/24', '10.8.2.1'] : ['fd00:8::/64', 'fd00:9::1'];
        return [family, { dns: { servers: [to], search: ['example.net'] }, rules: [{ from, to }] }];
      }),
    ),
  },
  { name, ipv4: { dns: ['10.8.1.53'] }, ipv6: { dns: ['fd00:8::53'] } },
  { xml: `<interface type='${kind}' name='${name}'>${inside}</interface>` },
];

/** Parameters that are fine as they are; together they have every string parameter of every module in them. */
export const SAMPLES: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>> = {
  iface: [
    { name: 'eth2', ...withDevice('eth2') },
    { name: 'eth2', ipv4: { gateway: 'none' }, ipv6: { gateway: 'none', accept_ra: 0 } },
    { match: { mac: '02:77:62:00:01:02' } },
    { match: { driver: 'uml-vector' } },
    { match: { path: '0000:00:03.0' } },
    ...stored('eth2', 'ethernet'),
  ],
  bridge: [
    {
      name: 'br1',
      ...withDevice('br1'),
      ports: ['eth3'],
      vlan_filtering: true,
      vlans: { eth3: { tagged: ['10-20'], untagged: ['30'] } },
    },
    { name: 'br1', ipv4: { gateway: 'none' }, ipv6: { gateway: 'none' } },
    ...stored('br1', 'bridge', '<bridge/>'),
  ],
  bond: [
    {
      name: 'bond1',
      ...withDevice('bond1'),
      mode: 'active-backup',
      ports: ['eth1'],
      primary: 'eth1',
      fail_over_mac: 'none',
    },
    {
      name: 'bond2',
      mode: 'active-backup',
      arp_interval: 100,
      arp_targets: ['10.8.1.7'],
      arp_validate: 'none',
    },
    { name: 'bond3', mode: '802.3ad', lacp_rate: 'fast', xmit_hash_policy: 'layer2+3' },
    { name: 'bond1', ipv4: { gateway: 'none' }, ipv6: { gateway: 'none' } },
    ...stored('bond1', 'bond', "<bond mode='active-backup'><interface type='ethernet' name='eth1'/></bond>"),
  ],
  vlan: [
    { name: 'eth4.5', ...withDevice('eth4.5'), parent: 'eth4', id: 5, protocol: '802.1q' },
    { name: 'eth4.6', device: 'eth4', tag: 6 },
    { name: 'eth4.5', ipv4: { gateway: 'none' }, ipv6: { gateway: 'none' } },
    ...stored('eth4.5', 'vlan', "<vlan tag='5'><interface name='eth4'/></vlan>"),
  ],
  network: [
    {
      name: 'n1',
      uri: 'qemu:///system',
      state: 'defined',
      restart: 'allow',
      uuid: '3e3fce45-4f53-4fa7-bb32-11f34168b82b',
      forward: {
        mode: 'nat',
        dev: 'eth1',
        nat: { addresses: { start: '192.0.2.1', end: '192.0.2.4' }, ports: { start: 2000, end: 3000 } },
      },
      bridge: { name: 'virbr7', mac_table_manager: 'kernel', zone: 'trusted' },
      mac: '52:54:00:00:00:07',
      domain: { name: 'lab.example' },
      dns: {
        forwarders: [{ addr: '192.0.2.53', domain: 'example.org' }],
        txt: [{ name: 'word', value: 'a text' }],
        srv: [
          { service: 'sip', protocol: 'tcp', domain: 'lab.example', target: 'sip.lab.example', port: 5060 },
        ],
        hosts: [{ ip: '192.168.77.2', hostnames: ['www'] }],
      },
      ips: [
        {
          address: '192.168.77.1',
          netmask: '255.255.255.0',
          family: 'ipv4',
          tftp: { root: '/srv/tftp' },
          dhcp: {
            ranges: [{ start: '192.168.77.10', end: '192.168.77.20' }],
            hosts: [{ mac: '52:54:00:00:00:08', name: 'guest', ip: '192.168.77.30' }],
            bootp: { file: 'pxelinux.0', server: '192.168.77.1' },
          },
        },
        { address: 'fd00:77::1', prefix: 64, dhcp: { hosts: [{ id: '0:1:0:1:18:aa', ip: 'fd00:77::5' }] } },
      ],
      routes: [{ to: '192.168.78.0/24', via: '192.168.77.9' }],
      dnsmasq_options: ['log-queries'],
    },
    { name: 'n2', state: 'defined', title: 'A title', description: 'A description' },
    { name: 'n3', state: 'defined', forward: { mode: 'passthrough', interfaces: ['eth1'] } },
    {
      name: 'n4',
      state: 'defined',
      forward: { mode: 'private', dev: 'eth2' },
      virtualport,
      portgroups: [{ name: 'group', virtualport }],
    },
    {
      name: 'n5',
      state: 'defined',
      forward: { mode: 'bridge' },
      bridge: { name: 'ovs0' },
      virtualport: openvswitch,
      vlan,
      portgroups: [{ name: 'group', virtualport: openvswitch, vlan }],
    },
    { name: 'n6', state: 'defined', metadata: '<a:b xmlns:a="urn:a">c</a:b>' },
    {
      name: 'n7',
      state: 'defined',
      forward: { mode: 'hostdev', pf: 'eth1', driver: { name: 'vfio', model: 'vfio-pci' } },
    },
    { name: 'n8', state: 'defined', forward: { mode: 'hostdev', addresses: ['0000:03:00.1'] } },
    { xml: '<network><name>n9</name></network>', state: 'defined' },
  ],
  'domain-nic': [
    {
      ...nic,
      uri: 'qemu:///system',
      state: 'defined',
      scope: 'config',
      portgroup: '',
      model: 'virtio',
      link: 'up',
      target: 'tap7',
      alias: 'ua-front',
      bandwidth: { inbound: limits },
      filterref: {
        filter: 'clean-traffic',
        parameters: { IP: ['10.0.0.1', '10.0.0.2'], MAC: '52:54:00:aa:00:02' },
      },
      address: '0000:00:1c.0',
      driver: { name: 'qemu', txmode: 'iothread' },
      rom: { file: '/usr/share/rom' },
    },
    { domain: 'web1', nic: 'front', type: 'bridge', bridge: 'br7' },
    { domain: 'web1', mac: '52:54:00:aa:00:03', type: 'direct', dev: 'eth1', mode: 'vepa', virtualport },
    {
      domain: 'web1',
      mac: '52:54:00:aa:00:04',
      type: 'bridge',
      bridge: 'ovs0',
      virtualport: openvswitch,
      vlan,
    },
    {
      domain: 'web1',
      mac: '52:54:00:aa:00:05',
      state: 'defined',
      replug: 'allow',
      type: 'ethernet',
      host_ips: ['10.7.0.1/24', { address: '10.8.0.1/24', peer: '10.8.0.2' }],
      host_routes: [{ to: '10.9.0.0/16', via: '10.7.0.9' }],
      backend: { tap: '/dev/net/tun', vhost: '/dev/vhost-net' },
      script: '/etc/qemu-ifup',
      downscript: '/etc/qemu-ifdown',
      teaming: { type: 'transient', persistent: 'ua-front' },
    },
    { domain: 'web1', mac: '52:54:00:aa:00:06', state: 'defined', type: 'hostdev', pci: '0000:03:10.1' },
    {
      domain: 'web1',
      mac: '52:54:00:aa:00:07',
      state: 'defined',
      type: 'vhostuser',
      path: '/run/vhost',
      mode: 'server',
      model: 'virtio',
    },
    {
      domain: 'web1',
      mac: '52:54:00:aa:00:08',
      state: 'defined',
      type: 'udp',
      socket: { address: '127.0.0.1', port: 5558, local: { address: '127.0.0.1', port: 5559 } },
    },
    { domain: 'web1', mac: '52:54:00:aa:00:09', state: 'defined', type: 'internal', internal: 'switch' },
    {
      domain: 'web1',
      mac: '52:54:00:aa:00:0a',
      state: 'defined',
      type: 'user',
      backend: 'slirp',
      guest_ips: ['10.7.0.2/24', { address: '10.8.0.2/24', peer: '10.8.0.1' }],
      guest_routes: [{ to: '10.9.0.0/16', via: '10.7.0.1' }],
    },
    {
      domain: 'web1',
      mac: '52:54:00:aa:00:0b',
      state: 'defined',
      type: 'user',
      backend: { type: 'passt', log_file: '/tmp/passt.log' },
      port_forward: [{ proto: 'tcp', address: '127.0.0.1', dev: 'eth1', ranges: [{ start: 80 }] }],
    },
    { domain: 'web1', mac: '52:54:00:aa:00:0c', state: 'defined', xml: "<interface type='user'/>" },
  ],
  command: [
    { argv: ['printf', '%s', 'VALUE'] },
    { cmd: 'true' },
    { argv: ['true'], chdir: '/tmp' },
    { argv: ['true'], creates: '/nowhere' },
    { argv: ['true'], removes: '/etc' },
    { argv: ['cat'], stdin: 'text' },
  ],
  shell: [
    { cmd: 'cat', stdin: 'text' },
    { cmd: 'true', chdir: '/tmp' },
    { cmd: 'true', creates: '/nowhere' },
    { cmd: 'true', removes: '/etc' },
    { cmd: 'true', executable: '/bin/sh' },
  ],
  raw: [{ cmd: 'true', executable: '/bin/sh' }],
  ping: [{ data: 'pong' }],
  debug: [{ msg: 'text' }, { var: 'inventory_hostname' }],
  fail: [{ msg: 'text' }],
  assert: [
    { that: ['true'] },
    { that: 'true' },
    { that: 'false', fail_msg: 'text' },
    { that: 'false', msg: 'text' },
    { that: 'true', success_msg: 'text' },
  ],
  facts: [{ gather_subset: ['guests'], guests: ['web*'], uri: 'test:///default' }],
  setup: [{ gather_subset: ['all'], filter: ['hostname'] }],
  meta: [{ free_form: 'noop' }],
  set_fact: [{ fact: 'text' }],
};

/** The common parameters of an interface module, for a link. */
function withDevice(name: string): object {
  return JSON.parse(JSON.stringify(common).replaceAll('"NAME"', JSON.stringify(name))) as object;
}
