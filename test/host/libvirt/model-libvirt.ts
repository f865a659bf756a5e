/**
 * Libvirt's networks as a model that takes Wirebook's steps and refuses what libvirt refuses (LIBVIRT.md 2.3 to 2.6),
 * to try many more changes than a real one could in the time.
 */
import type { Step } from '../../../src/engine/module.ts';
import { asStored, networkXml } from '../../../src/host/libvirt/network-xml.ts';
import { attr, child, element, parseXml, textOf, type XmlElement } from '../../../src/host/libvirt/xml.ts';
import { setChildren } from '../../../src/host/libvirt/xml-binding.ts';
import { updated } from './model-update.ts';
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
          live: updated(live, {
            command: option('command'),
            section: option('section'),
            xml,
            parentIndex: index,
          }),
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
