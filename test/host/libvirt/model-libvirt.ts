/**
 * Libvirt's networks as a model that takes Wirebook's steps and refuses what libvirt refuses (LIBVIRT.md 2.3 to 2.6),
 * to try many more changes than a real one could in the time.
 */
import type { Step } from '../../../src/engine/module.ts';
import { asStored, networkXml } from '../../../src/host/libvirt/network-xml.ts';
import {
  attr,
  child,
  children,
  element,
  parseXml,
  textOf,
  type XmlElement,
} from '../../../src/host/libvirt/xml.ts';
import { setAttribute, setChildren } from '../../../src/host/libvirt/xml-binding.ts';
import { emptyState, type HostState, type NetworkState } from '../../../src/host/state.ts';

interface Stored {
  readonly stored?: XmlElement;
  readonly live?: XmlElement;
  readonly autostart: boolean;
}

export class ModelLibvirt {
  readonly #networks = new Map<string, Stored>();
  #made = 0;

  /** As the readers would give it. `taps`: links on the bridge they name. */
  state(links: HostState['links'] = {}): HostState {
    const networks = [...this.#networks].map(([name, { stored, live, autostart }]) => {
      const read: NetworkState = {
        ...(stored && { stored: networkXml(stored) }),
        ...(live && { live: networkXml(live) }),
        autostart,
      };
      return [name, read] as const;
    });
    const known = { version: '9.0.0', networks: Object.fromEntries(networks), domains: {} };
    return { ...emptyState, links, libvirt: { model: known } };
  }

  copy(): ModelLibvirt {
    const other = new ModelLibvirt();
    for (const [name, network] of this.#networks) other.#networks.set(name, network);
    other.#made = this.#made;
    return other;
  }

  run(step: Step): void {
    const [command = '', ...options] = step.argv.slice(4);
    const option = (name: string): string => options[options.indexOf(`--${name}`) + 1] ?? '';
    if (command === 'net-define') {
      this.#define(parseXml(step.stdin ?? ''));
      return;
    }
    const name = option('network');
    const network = this.#networks.get(name);
    if (network === undefined) throw new Error(`no network with matching name '${name}'`);
    const { stored, live } = network;
    switch (command) {
      case 'net-start':
        if (live || !stored) throw new Error('network is already active');
        this.#networks.set(name, { ...network, live: stored });
        return;
      case 'net-destroy':
        if (!live) throw new Error(`network '${name}' is not active`);
        if (stored) this.#networks.set(name, { stored, autostart: network.autostart });
        else this.#networks.delete(name);
        return;
      case 'net-undefine':
        if (!stored) throw new Error("can't undefine transient network");
        if (live) this.#networks.set(name, { live, autostart: false });
        else this.#networks.delete(name);
        return;
      case 'net-autostart':
        if (!stored) throw new Error('cannot set autostart for transient network');
        this.#networks.set(name, { ...network, autostart: !options.includes('--disable') });
        return;
      case 'net-update': {
        if (!live || !options.includes('--live')) throw new Error('network is not running');
        const index = Number(options.includes('--parent-index') ? option('parent-index') : -1);
        const xml = parseXml(option('xml'));
        this.#networks.set(name, {
          ...network,
          live: update(live, option('command'), option('section'), xml, index),
        });
        return;
      }
      default:
        throw new Error(`unknown command: '${command}'`);
    }
  }

  #define(given: XmlElement): void {
    const name = textOf(child(given, 'name')) ?? '';
    const before = this.#networks.get(name);
    const known = before?.stored ?? before?.live;
    const uuid = textOf(child(given, 'uuid'));
    if (known && uuid !== textOf(child(known, 'uuid')))
      throw new Error(`network '${name}' already exists with uuid`);
    const mode = child(given, 'forward') ? (attr(child(given, 'forward'), 'mode') ?? 'nat') : 'isolated';
    let xml = asStored(given);
    if (uuid === undefined)
      xml = setChildren(xml, 'uuid', [element('uuid', {}, [`00000000-0000-4000-8000-${this.#number()}`])]);
    if (['nat', 'route', 'open', 'isolated'].includes(mode)) {
      const bridge = {
        name: `virbr${++this.#made}`,
        stp: 'on',
        delay: '0',
        ...child(xml, 'bridge')?.attributes,
      };
      xml = setChildren(xml, 'bridge', [element('bridge', bridge)]);
      if (!child(xml, 'mac'))
        xml = setChildren(xml, 'mac', [
          element('mac', { address: `52:54:00:00:00:${10 + (++this.#made % 80)}` }),
        ]);
      if ((mode === 'nat' || mode === 'route') && !child(xml, 'ip'))
        throw new Error('no IP address provided');
    } else if (['ip', 'dns', 'mac', 'domain', 'mtu', 'route'].some((one) => child(xml, one))) {
      throw new Error(`Unsupported element in network ${name} with forward mode='${mode}'`);
    }
    this.#networks.set(name, { autostart: false, ...before, stored: xml });
  }

  #number = (): string => String(++this.#made).padStart(12, '0');
}

const within = (parent: XmlElement, name: string, change: (inner: XmlElement) => XmlElement): XmlElement =>
  setChildren(parent, name, [change(child(parent, name) ?? element(name))]);

function update(
  net: XmlElement,
  command: string,
  section: string,
  xml: XmlElement,
  index: number,
): XmlElement {
  const items = (at: XmlElement) => children(at, xml.name);
  const add = (at: XmlElement, clash: (one: XmlElement) => boolean): XmlElement => {
    if (items(at).some(clash)) throw new Error(`there is an existing ${section} entry that matches`);
    return setChildren(at, xml.name, [...items(at), xml]);
  };
  const remove = (at: XmlElement, matches: (one: XmlElement) => boolean, unique = false): XmlElement => {
    const found = items(at).filter(matches);
    if (found.length === 0) throw new Error(`couldn't locate a matching ${section} entry`);
    if (unique && found.length > 1) throw new Error(`multiple matching ${section} entries`);
    return setChildren(
      at,
      xml.name,
      items(at).filter((one) => one !== found[0]),
    );
  };
  const change = (
    at: XmlElement,
    clash: (one: XmlElement) => boolean,
    matches: (one: XmlElement) => boolean,
    unique = false,
  ) => {
    if (command === 'add-last') return add(at, clash);
    if (command === 'delete') return remove(at, matches, unique);
    throw new Error(`${section} entries cannot be modified`);
  };
  const same = (one: XmlElement, name: string) => attr(one, name) === attr(xml, name);
  const given = (name: string) => attr(xml, name) !== undefined;

  switch (section) {
    case 'ip-dhcp-host':
    case 'ip-dhcp-range': {
      const ips = children(net, 'ip');
      const ip = ips[index];
      if (ip === undefined) throw new Error(`no <ip> element found at index ${index}`);
      const sameMac = (one: XmlElement) =>
        attr(one, 'mac')?.toLowerCase() === attr(xml, 'mac')?.toLowerCase();
      const changed = within(ip, 'dhcp', (dhcp) =>
        section === 'ip-dhcp-range'
          ? change(
              dhcp,
              (one) => same(one, 'start') && same(one, 'end'),
              (one) => same(one, 'start') && same(one, 'end'),
            )
          : change(
              dhcp,
              (one) =>
                (given('mac') && sameMac(one)) ||
                (given('name') && same(one, 'name')) ||
                (given('ip') && same(one, 'ip')),
              (one) =>
                (!given('mac') || attr(one, 'mac') === undefined || sameMac(one)) &&
                (!given('name') || same(one, 'name')) &&
                (!given('ip') || same(one, 'ip')),
            ),
      );
      return setChildren(
        net,
        'ip',
        ips.map((one) => (one === ip ? changed : one)),
      );
    }
    case 'dns-host': {
      const names = (one: XmlElement) => children(one, 'hostname').map(textOf);
      const shares = (one: XmlElement) => names(xml).some((name) => names(one).includes(name));
      return within(net, 'dns', (dns) =>
        change(
          dns,
          (one) => same(one, 'ip'),
          (one) => same(one, 'ip') || shares(one),
          true,
        ),
      );
    }
    case 'dns-txt':
      return within(net, 'dns', (dns) =>
        change(
          dns,
          (one) => same(one, 'name'),
          (one) => same(one, 'name'),
          true,
        ),
      );
    case 'dns-srv': {
      const matches = (one: XmlElement) => Object.keys(xml.attributes).every((name) => same(one, name));
      return within(net, 'dns', (dns) => change(dns, matches, matches, true));
    }
    case 'forward-interface':
      return within(net, 'forward', (forward) => {
        const changed = change(
          forward,
          (one) => same(one, 'dev'),
          (one) => same(one, 'dev'),
        );
        return setAttribute(changed, 'dev', attr(child(changed, 'interface'), 'dev'));
      });
    case 'portgroup': {
      const others = items(net).filter((one) => !same(one, 'name'));
      if (
        command !== 'delete' &&
        attr(xml, 'default') === 'yes' &&
        others.some((one) => attr(one, 'default') === 'yes')
      ) {
        throw new Error('multiple default portgroups');
      }
      if (command !== 'modify')
        return change(
          net,
          (one) => same(one, 'name'),
          (one) => same(one, 'name'),
        );
      if (others.length === items(net).length) throw new Error("couldn't find a portgroup entry matching");
      return setChildren(
        net,
        'portgroup',
        items(net).map((one) => (same(one, 'name') ? xml : one)),
      );
    }
    default:
      throw new Error(`can't update '${section}' section`);
  }
}
