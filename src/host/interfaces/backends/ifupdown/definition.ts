import { canonicalAddress } from '../../address.ts';
import type { Profile } from '../../profile.ts';
import { emptyFamily, type Families, type LooseFamily, readStatic, storedFamily } from './addressing.ts';
import { commandMeaning, type LinkSettings, type Meaning } from './commands.ts';
import { BOND_OPTIONS, BRIDGE_OPTIONS, plainKey, readOption } from './options.ts';
import { isPortList, portNames } from './ports.ts';
import type { Option, Stanza } from './stanzas.ts';

type Definition = Omit<Profile, 'onboot' | 'at' | 'ours'>;

/** What the stanzas of one interface say. */
export function readDefinition(
  name: string,
  stanzas: readonly Stanza[],
  controller: string | undefined,
): Definition {
  const draft = new Draft(name);
  for (const stanza of stanzas) draft.stanza(stanza);
  return draft.definition(controller);
}

class Draft {
  readonly #name: string;
  readonly #link: { -readonly [K in keyof LinkSettings]?: LinkSettings[K] } = {};
  readonly #options: Record<'bridge' | 'bond', Record<string, unknown>> = { bridge: {}, bond: {} };
  readonly #families: Families = { ipv4: emptyFamily(), ipv6: emptyFamily() };
  readonly #extra: string[] = [];
  readonly #meanings = new Set<string>();
  readonly #ports: string[] = [];
  /** Commands that mean something only together with others */
  readonly #tied: { readonly meaning: Meaning; readonly line: string }[] = [];
  #kind: Profile['kind'] | undefined;
  #parent: string | undefined;
  /** By a command, not by ifup itself */
  #isMade = false;
  #vlan: { id: number; protocol: string; reorder_hdr: boolean } | undefined;

  constructor(name: string) {
    this.#name = name;
  }

  stanza(stanza: Stanza): void {
    const { family, method, options } = stanza;
    if (!METHODS[family]?.includes(method)) {
      this.#kindOf(options);
      const lines = options.map(({ key, value }) => `    ${key} ${value}`);
      this.#extra.push([`iface ${stanza.name} ${family} ${method}`, ...lines].join('\n'));
      return;
    }
    const fields = this.#families[family === 'inet6' ? 'ipv6' : 'ipv4'];
    if (method === 'dhcp') fields.dhcp = true;
    if (method === 'auto') fields.autoconf = true;
    this.#kindOf(options);
    if (method === 'static') {
      const odd = readStatic(options, this.#families);
      this.#extra.push(...odd.map((text) => `${family} ${text}`));
    }
    const undoing = ({ key }: Option): boolean => /down$/.test(key);
    for (const option of [...options.filter((one) => !undoing(one)), ...options.filter(undoing)]) {
      const line = `${family} ${option.key} ${option.value}`;
      if (!this.#understands(option, fields, method, line)) this.#extra.push(line);
    }
  }

  definition(controller: string | undefined): Definition {
    const { mtu, mac, label, promisc, group_fwd_mask, mcast_snooping } = this.#link;
    const kind = this.#kind ?? this.#nativeVlan() ?? 'ethernet';
    const bridge = {
      ...this.#options.bridge,
      ...(group_fwd_mask !== undefined && { group_fwd_mask }),
      ...(mcast_snooping !== undefined && { mcast_snooping }),
    };
    const extra = [...this.#extra, ...this.#untied()];
    const families = (['ipv4', 'ipv6'] as const).map(
      (family) => [family, storedFamily(this.#families[family])] as const,
    );
    return {
      name: this.#name,
      kind,
      backend: 'ifupdown',
      ...(mtu !== undefined && { mtu }),
      ...(mac !== undefined && { mac }),
      ...(label !== undefined && label !== '' && { label }),
      ...(promisc !== undefined && { promisc }),
      ...(controller !== undefined && { controller }),
      ...(kind === 'vlan' && this.#parent !== undefined && { parent: this.#parent, vlan: this.#vlan! }),
      ...(kind === 'bridge' && { bridge }),
      ...(kind === 'bond' && { bond: this.#options.bond }),
      ...Object.fromEntries(families.filter(([, fields]) => fields !== undefined)),
      ...(extra.length > 0 && { extra }),
    };
  }

  #untied(): string[] {
    const belongs = (meaning: Meaning): boolean =>
      meaning.is === 'first'
        ? [...this.#ports, this.#parent].includes(meaning.name)
        : meaning.is === 'delete' && this.#isMade;
    return this.#tied.filter(({ meaning }) => !belongs(meaning)).map(({ line }) => line);
  }

  #kindOf(options: readonly Option[]): void {
    const keys = options.map(({ key }) => plainKey(key));
    if (keys.includes('bridge-ports')) this.#kind = 'bridge';
    else if (keys.includes('bond-slaves') || keys.includes('slaves') || keys.includes('bond-mode')) {
      if (!keys.includes('bond-master')) this.#kind = 'bond';
    }
  }

  /** ifup makes `eth0.42` by itself. */
  #nativeVlan(): 'vlan' | undefined {
    const [, parent, id] = /^(.+)\.0*(\d+)$/.exec(this.#name) ?? [];
    if (parent === undefined || Number(id) > 4094) return undefined;
    this.#parent ??= parent;
    this.#vlan ??= { id: Number(id), protocol: '802.1q', reorder_hdr: true };
    return 'vlan';
  }

  #understands({ key, value }: Option, fields: LooseFamily, method: string, line: string): boolean {
    const plain = plainKey(key);
    if (/^(pre-up|up|post-up|pre-down|down|post-down)$/.test(key)) return this.#command(key, value, line);
    if (method === 'static' && ['address', 'netmask', 'gateway', 'metric'].includes(key)) return true;
    if (key === 'network' || (key === 'broadcast' && value === '+')) return true;
    if (isPortList(key)) {
      this.#ports.push(...portNames(value));
      return portNames(value).length > 0 || value === 'none' || value === '';
    }
    switch (plain) {
      case 'bond-master':
        return true;
      case 'mtu':
        return this.#set('mtu', /^\d+$/.test(value) ? Number(value) : undefined);
      case 'hwaddress':
      case 'hw-mac-address':
      case 'bridge-hw':
        return this.#set(
          'mac',
          /^(?:ether\s+)?([0-9a-f]{2}(?::[0-9a-f]{2}){5})$/i.exec(value)?.[1]?.toLowerCase(),
        );
      case 'description':
        return this.#set('label', value);
      case 'bridge-mcsnoop':
        return this.#set('mcast_snooping', value === 'yes' || value === '1');
      case 'vlan-raw-device':
        return this.#rawDevice(value);
      case 'dns-nameservers':
      case 'dns-nameserver':
        fields.servers.push(...value.split(/\s+/).map((text) => canonicalAddress(text) ?? text));
        return true;
      case 'dns-search':
      case 'dns-domain':
        fields.search.push(...value.split(/\s+/));
        return true;
      case 'autoconf':
      case 'accept-ra':
        if (fields !== this.#families.ipv6 || !/^[012]$/.test(value)) return false;
        if (plain === 'autoconf') fields.autoconf = value !== '0';
        else fields.accept_ra = Number(value);
        return true;
      case 'dad-attempts':
        return value === '0' && this.#kind === 'bridge';
    }
    for (const [kind, table] of [
      ['bridge', BRIDGE_OPTIONS],
      ['bond', BOND_OPTIONS],
    ] as const) {
      const found = readOption(table, plain, value);
      if (found) this.#options[kind][found[0]] = found[1];
      if (found) return true;
    }
    return false;
  }

  #set<K extends keyof LinkSettings>(key: K, value: LinkSettings[K]): boolean {
    if (value !== undefined) this.#link[key] = value;
    return value !== undefined;
  }

  #rawDevice(parent: string): boolean {
    const id = /(?:^vlan|\.)0*(\d+)$/.exec(this.#name)?.[1];
    if (id === undefined) return false;
    this.#kind = 'vlan';
    this.#parent = parent;
    this.#vlan = { id: Number(id), protocol: '802.1q', reorder_hdr: true };
    return true;
  }

  #command(key: string, value: string, line: string): boolean {
    const meaning = commandMeaning(value, this.#name);
    if (!meaning) return false;
    const undoes = key.endsWith('down');
    if (meaning.is === 'first' || meaning.is === 'delete') {
      this.#tied.push({ meaning, line });
      return true;
    }
    if (undoes) return meaning.is === 'sysctl' || this.#meanings.has(keyOf(meaning));
    this.#meanings.add(keyOf(meaning));
    switch (meaning.is) {
      case 'address':
        this.#families[meaning.family].addresses.push(meaning.address);
        return true;
      case 'rule':
        this.#families[meaning.family].rules.push(meaning.rule);
        return true;
      case 'route': {
        const { family, route } = meaning;
        const isGateway = route.to === 'default' && Object.keys(route).length === 2 && route.via;
        const fields = this.#families[family];
        if (isGateway && fields.gateway === undefined) fields.gateway = isGateway;
        else fields.routes.push(route);
        return true;
      }
      case 'sysctl':
        if (meaning.key === 'autoconf') this.#families.ipv6.autoconf = meaning.value !== 0;
        else this.#families.ipv6.accept_ra = meaning.value;
        return true;
      case 'link':
        Object.assign(this.#link, meaning.settings);
        return true;
      case 'vlan':
        this.#kind = 'vlan';
        this.#isMade = true;
        this.#parent = meaning.parent;
        this.#vlan = {
          id: Number(meaning.options.id),
          protocol: meaning.options.protocol!,
          reorder_hdr: meaning.options.reorder_hdr !== 'off',
        };
        return true;
    }
  }
}

/** What can be told of; stanzas of other methods are kept whole. */
const METHODS: Readonly<Record<string, readonly string[]>> = {
  inet: ['static', 'manual', 'dhcp'],
  inet6: ['static', 'manual', 'dhcp', 'auto'],
};

/** A command that undoes another names no more of a route than what makes it that one. */
const keyOf = (meaning: Meaning): string =>
  JSON.stringify(
    meaning.is === 'route'
      ? [meaning.family, meaning.route.to, meaning.route.table, meaning.route.metric]
      : meaning,
  );
