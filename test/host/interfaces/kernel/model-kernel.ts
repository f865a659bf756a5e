import type { Step } from '../../../../src/engine/module.ts';
import { emptyState, type HostState } from '../../../../src/host/state.ts';
import {
  DEFAULTS,
  type Device,
  defaultVlans,
  type Family,
  hasPrimary,
  type KernelRoute,
  linkOf,
  sharesMac,
} from './device.ts';

/**
 * A small Linux: runs the `ip` and `bridge` commands that plans are made of, and refuses what Linux refuses.
 * Written from the kernel's behaviour (net/core/rtnetlink.c, net/bridge, drivers/net/bonding, net/8021q; tried out on
 * 6.18 and 7.2), and on purpose with nothing of the planner's own prediction in it.
 */
export class ModelKernel {
  readonly #devices = new Map<string, Device>();
  #number = 0;

  constructor(commands = '') {
    for (const line of commands.split('\n')) if (line.trim() !== '') this.run(line.trim().split(/\s+/));
  }

  apply(steps: readonly Step[]): void {
    for (const { argv } of steps) this.run(argv);
  }

  run(argv: readonly string[]): void {
    try {
      this.#dispatch(argv);
    } catch (error) {
      throw new Error(`${argv.join(' ')}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #dispatch(argv: readonly string[]): void {
    const words = argv.filter((word) => word !== '-4' && word !== '-6');
    const [program, object, verb, ...rest] = words;
    const family = argv.includes('-6') ? 'ipv6' : 'ipv4';
    if (program === 'sh') {
      this.#sysctl(argv.slice(4));
      return;
    }
    switch (`${program} ${object} ${verb}`) {
      case 'ip link add':
        this.#add(rest);
        return;
      case 'ip link delete':
        this.#delete(this.#device(rest[1]));
        return;
      case 'ip link set':
        this.#set(this.#device(rest[1]), rest.slice(2));
        return;
      case 'ip addr add':
      case 'ip addr replace':
        this.#address(this.#device(rest.at(-1)), rest[0] ?? '', true);
        return;
      case 'ip addr del':
        this.#address(this.#device(rest.at(-1)), rest[0] ?? '', false);
        return;
      case 'ip route add':
      case 'ip route replace':
        this.#setRoute(family, rest);
        return;
      case 'ip route del':
        this.#deleteRoute(family, rest);
        return;
      case 'bridge vlan add':
      case 'bridge vlan del':
        this.#vlan(verb === 'add', options(rest), rest);
        return;
      default:
        throw new Error('not a command of this kernel');
    }
  }

  #device(name: string | undefined): Device {
    const device = this.#devices.get(name ?? '');
    if (!device) throw new Error(`Cannot find device "${name}"`);
    return device;
  }

  #add(words: readonly string[]): void {
    const type = words.indexOf('type');
    const given = options(words.slice(0, type));
    const name = given.name ?? words[0] ?? '';
    const kind = words[type + 1] ?? '';
    const settings = options(words.slice(type + 2));
    if (this.#devices.has(name)) throw new Error('File exists');
    const device = this.#make(name, kind);
    if (kind === 'veth') {
      const peer = words.at(-1) ?? '';
      this.#devices.set(peer, this.#make(peer, kind));
    }
    if (kind === 'vlan') {
      const parent = this.#device(given.link);
      const { id = '', protocol = '802.1Q', reorder_hdr = 'on' } = settings;
      const twin = this.#list().find(
        (other) => other.parent === parent && other.options.id === id && other.options.protocol === protocol,
      );
      if (twin) throw new Error('VLAN device already exists');
      Object.assign(device, { parent, mac: parent.mac, macFrom: 'parent', mtu: parent.mtu });
      device.options = { id, protocol, reorder_hdr };
    }
    if (kind === 'macvtap') device.parent = this.#device(given.link);
    if (kind === 'bond')
      for (const [key, value] of Object.entries(settings)) this.#bondOption(device, key, value);
    if (kind === 'bridge')
      for (const [key, value] of Object.entries(settings)) this.#bridgeOption(device, key, value);
    this.#devices.set(name, device);
  }

  #make(name: string, kind: string): Device {
    const number = ++this.#number;
    return {
      name,
      kind,
      index: number,
      up: false,
      mac: `02:00:00:00:00:${number.toString(16).padStart(2, '0')}`,
      macFrom: 'random',
      mtu: 1500,
      mtuIsSet: false,
      promisc: false,
      ipv4: [],
      ipv6: [],
      routes: [],
      options: { ...DEFAULTS[kind] },
      vlans: kind === 'bridge' ? defaultVlans() : undefined,
      acceptRa: '1',
      autoconf: '1',
    };
  }

  #delete(device: Device): void {
    for (const child of this.#list().filter((other) => other.parent === device)) this.#delete(child);
    for (const port of this.#ports(device)) this.#release(port, true);
    this.#release(device);
    this.#devices.delete(device.name);
  }

  #set(device: Device, words: readonly string[]): void {
    const [word, value = ''] = words;
    switch (word) {
      case 'up':
        this.#up(device);
        return;
      case 'down':
        this.#down(device);
        return;
      case 'mtu':
        if (device.mtu === Number(value)) return;
        device.mtuIsSet = true;
        this.#mtu(device, Number(value));
        return;
      case 'address':
        this.#mac(device, value);
        device.macFrom = 'user';
        return;
      case 'alias':
        device.alias = words.slice(1).join(' ');
        return;
      case 'promisc':
        device.promisc = value === 'on';
        return;
      case 'nomaster':
        this.#release(device);
        return;
      case 'master':
        this.#join(device, this.#device(value));
        return;
      case 'type':
        if (value !== device.kind) throw new Error('Operation not supported');
        for (const [key, given] of Object.entries(options(words.slice(2)))) this.#option(device, key, given);
        return;
      default:
        throw new Error(`${word} is not a word of this kernel`);
    }
  }

  #option(device: Device, key: string, value: string): void {
    if (device.kind === 'bond') {
      this.#bondOption(device, key, value);
      return;
    }
    if (device.kind === 'bridge') {
      this.#bridgeOption(device, key, value);
      return;
    }
    if (key !== 'reorder_hdr') throw new Error('Operation not supported');
    device.options.reorder_hdr = value;
  }

  #up(device: Device): void {
    if (device.up) return;
    if (device.kind === 'vlan' && !device.parent?.up) throw new Error('Network is down');
    device.up = true;
    for (const child of this.#list()) if (child.kind === 'vlan' && child.parent === device) this.#up(child);
  }

  #down(device: Device): void {
    if (!device.up) return;
    device.up = false;
    device.routes = [];
    device.ipv6 = [];
    for (const child of this.#list()) if (child.kind === 'vlan' && child.parent === device) this.#down(child);
  }

  #mtu(device: Device, mtu: number): void {
    if (device.kind === 'vlan' && mtu > (device.parent?.mtu ?? 0))
      throw new Error('Numerical result out of range');
    if (device.mtu < 1280 && mtu >= 1280) Object.assign(device, { acceptRa: '1', autoconf: '1' });
    device.mtu = mtu;
    if (mtu < 1280) {
      device.ipv6 = [];
      device.routes = device.routes.filter((route) => route.family !== 'ipv6');
    }
    if (device.kind === 'bond') for (const port of this.#ports(device)) this.#mtu(port, mtu);
    for (const child of this.#list()) if (child.parent === device && child.mtu > mtu) this.#mtu(child, mtu);
    if (device.controller?.kind === 'bridge') this.#adjustBridge(device.controller);
  }

  #mac(device: Device, mac: string): void {
    device.mac = mac;
    if (device.kind === 'bond' && sharesMac(device))
      for (const port of this.#ports(device)) this.#mac(port, mac);
    for (const child of this.#list()) {
      if (child.parent === device && child.macFrom === 'parent' && child.up) this.#mac(child, mac);
    }
    if (device.controller?.kind === 'bridge') this.#adjustBridge(device.controller);
  }

  /** A bridge follows the lowest of its ports until someone sets it. */
  #adjustBridge(bridge: Device): void {
    const ports = this.#ports(bridge);
    if (!bridge.mtuIsSet) {
      const mtu = Math.min(...ports.map((port) => port.mtu), ...(ports.length === 0 ? [1500] : []));
      if (mtu !== bridge.mtu) this.#mtu(bridge, mtu);
    }
    if (bridge.macFrom !== 'user') {
      const mac = ports.map((port) => port.mac).sort()[0] ?? '00:00:00:00:00:00';
      if (mac !== bridge.mac) this.#mac(bridge, mac);
    }
  }

  #join(device: Device, controller: Device): void {
    this.#release(device);
    if (device.kind === 'bridge') throw new Error('Too many levels of symbolic links');
    for (let below: Device | undefined = device; below; below = below.parent) {
      if (below === controller) throw new Error('Too many levels of symbolic links');
    }
    if (controller.kind === 'bridge') {
      device.controller = controller;
      device.vlans = defaultVlans();
      this.#adjustBridge(controller);
      return;
    }
    if (controller.kind !== 'bond') throw new Error('Operation not supported');
    if (device.kind === 'bond') throw new Error('Invalid argument');
    if (device.up) throw new Error('Device can not be enslaved while up.');
    const first = this.#ports(controller).length === 0;
    if (first && controller.macFrom === 'random') {
      this.#mac(controller, device.mac);
      controller.macFrom = 'port';
    }
    device.saved = { mac: device.mac, mtu: device.mtu };
    device.controller = controller;
    this.#mtu(device, controller.mtu);
    if (sharesMac(controller)) this.#mac(device, controller.mac);
    this.#up(device);
  }

  /** When the bond itself goes, the MTU of its ports changes without anyone being told. */
  #release(device: Device, silently = false): void {
    const { controller, saved } = device;
    if (!controller) return;
    delete device.controller;
    device.vlans = undefined;
    if (controller.kind === 'bridge') {
      this.#adjustBridge(controller);
      return;
    }
    this.#down(device);
    this.#mac(device, saved?.mac ?? '');
    if (silently) device.mtu = saved?.mtu ?? 0;
    else this.#mtu(device, saved?.mtu ?? 0);
    delete device.saved;
    if (this.#ports(controller).length > 0) return;
    this.#mac(controller, `06:00:00:00:00:${(++this.#number % 256).toString(16).padStart(2, '0')}`);
    controller.macFrom = 'random';
  }

  #bondOption(bond: Device, key: string, value: string): void {
    const { options: have } = bond;
    const needsMii = ['802.3ad', 'balance-tlb', 'balance-alb'].includes(have.mode ?? '');
    const busy = this.#ports(bond).length > 0;
    const deny = (when: boolean, why: string): void => {
      if (when) throw new Error(`${key}: ${why}`);
    };
    if (key === 'mode' || key === 'fail_over_mac') deny(busy, 'the bond device has slaves');
    if (key === 'mode' || key === 'lacp_rate') deny(bond.up, 'the bond device is up');
    if (key === 'lacp_rate') deny(have.mode !== '802.3ad', 'mode dependency failed');
    if (key === 'primary') {
      deny(!hasPrimary(bond), 'mode dependency failed');
      this.#device(value);
    }
    if (key === 'arp_interval' || key === 'arp_validate') deny(needsMii, 'mode dependency failed');
    if (key === 'updelay' || key === 'downdelay') deny(have.miimon === '0', 'MII monitoring is disabled');
    if (key === 'mode') {
      have.arp_validate = 'none';
      if (['802.3ad', 'balance-tlb', 'balance-alb'].includes(value)) {
        have.arp_interval = '0';
        if (have.miimon === '0') have.miimon = '100';
      }
    }
    if (key === 'miimon' && value !== '0') Object.assign(have, { arp_interval: '0', arp_validate: 'none' });
    if (key === 'arp_interval' && value !== '0') have.miimon = '0';
    // Delays are kept as multiples of miimon, and stay so when it changes
    const isDelay = key === 'updelay' || key === 'downdelay';
    have[key] = isDelay ? String(Math.floor(Number(value) / Number(have.miimon))) : value;
  }

  #bridgeOption(bridge: Device, key: string, value: string): void {
    const { options: have } = bridge;
    const delay = Number(value);
    if (key === 'forward_delay' && have.stp_state === '1' && (delay < 200 || delay > 3000)) {
      throw new Error('Numerical result out of range');
    }
    have[key] = value;
    if (key === 'stp_state' && value === '1') {
      have.forward_delay = String(Math.min(3000, Math.max(200, Number(have.forward_delay))));
    }
  }

  #address(device: Device, cidr: string, present: boolean): void {
    const family = cidr.includes(':') ? 'ipv6' : 'ipv4';
    const list = device[family];
    if (present) {
      if (family === 'ipv6' && device.mtu < 1280) throw new Error('Invalid argument');
      if (!list.includes(cidr)) list.push(cidr);
      return;
    }
    if (!list.includes(cidr)) throw new Error('Cannot assign requested address');
    const later = list.slice(list.indexOf(cidr) + 1);
    const gone = [
      cidr,
      ...(family === 'ipv4' ? later.filter((other) => subnet(other) === subnet(cidr)) : []),
    ];
    const first = list.findIndex((other) => subnet(other) === subnet(cidr)) === list.indexOf(cidr);
    const removed = first ? gone : [cidr];
    device[family] = list.filter((other) => !removed.includes(other));
    const sources = removed.map((other) => other.split('/')[0]);
    device.routes = device.routes.filter((route) => !sources.includes(route.src));
    if (family === 'ipv4' && device.ipv4.length === 0) {
      device.routes = device.routes.filter((route) => route.family !== 'ipv4');
    }
  }

  #setRoute(family: Family, words: readonly string[]): void {
    const route = parseRoute(family, words);
    const device = this.#device(route.dev);
    if (!device.up) throw new Error('Network is down');
    const reaches = device[family].some((cidr) => route.via === undefined || inSubnet(route.via, cidr));
    if (!reaches) throw new Error('Nexthop has invalid gateway.');
    for (const other of this.#list()) other.routes = other.routes.filter((have) => have.key !== route.key);
    device.routes.push(route);
  }

  #deleteRoute(family: Family, words: readonly string[]): void {
    const route = parseRoute(family, words);
    const device = this.#device(route.dev);
    if (!device.routes.some((have) => have.key === route.key)) throw new Error('No such process');
    device.routes = device.routes.filter((have) => have.key !== route.key);
  }

  #vlan(add: boolean, given: Record<string, string>, words: readonly string[]): void {
    const { vlans } = this.#device(given.dev);
    if (!vlans) throw new Error('Operation not supported');
    const [first = 0, last = first] = (given.vid ?? '').split('-').map(Number);
    for (let id = first; id <= last; id++) {
      vlans.tagged.delete(id);
      vlans.untagged.delete(id);
      if (vlans.pvid === id) vlans.pvid = undefined;
      if (!add) continue;
      (words.includes('untagged') ? vlans.untagged : vlans.tagged).add(id);
      if (words.includes('pvid')) vlans.pvid = id;
    }
  }

  #sysctl([value = '', file = '']: readonly string[]): void {
    const [, name, key] = /conf\/([^/]+)\/(\w+)$/.exec(file) ?? [];
    const device = this.#device(name);
    if (device.mtu < 1280) throw new Error('Directory nonexistent');
    if (key === 'autoconf') device.autoconf = value;
    else device.acceptRa = value;
  }

  #list = (): Device[] => [...this.#devices.values()];
  #ports = (device: Device): Device[] => this.#list().filter((other) => other.controller === device);

  observe(): HostState {
    const links = Object.fromEntries(
      this.#list().map((device) => [device.name, linkOf(device, this.#ports(device))]),
    );
    return { ...emptyState, links };
  }
}

/** `key value key value`, as far as keys have values. */
function options(words: readonly string[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (let index = 0; index + 1 < words.length; index += 2) {
    const key = words[index] ?? '';
    if (['pvid', 'untagged', 'self'].includes(key)) index--;
    else found[key] = words[index + 1] ?? '';
  }
  return found;
}

function parseRoute(family: Family, [to = '', ...words]: readonly string[]): KernelRoute {
  const { via, dev = '', table, metric, src } = options(words);
  return {
    to,
    family,
    dev,
    key: [family, to, table ?? 'main', metric ?? ''].join(' '),
    ...(via !== undefined && { via }),
    ...(table !== undefined && { table: Number(table) }),
    ...(metric !== undefined && { metric: Number(metric) }),
    ...(src !== undefined && { src }),
  };
}

/** Subnets of the tests end at a byte, or at a hextet group. */
const subnet = (cidr: string): string => {
  const [address = '', prefix] = cidr.split('/');
  return cidr.includes(':')
    ? `${address.split('::')[0]}/${prefix}`
    : `${address
        .split('.')
        .slice(0, Number(prefix) / 8)
        .join('.')}/${prefix}`;
};

const inSubnet = (address: string, cidr: string): boolean =>
  address.startsWith('fe80:') || subnet(`${address}/${cidr.split('/')[1]}`) === subnet(cidr);
