import { own } from '../../../own.ts';
import { canonicalAddress, canonicalCidr, classPrefix, familyOf, prefixOfNetmask } from '../../address.ts';
import type { Family } from '../../link.ts';
import type { BackendFacts, Files, Profile, StartMode, StoredFamily6 } from '../../profile.ts';
import { BONDING, bridging, readOptions } from './options.ts';
import { isOurs, nameIn, pathOf } from './path.ts';
import { readLists } from './routes.ts';
import { Values, yes } from './values.ts';
import { readVariables } from './variables.ts';

/** Every definition in the folder; `ifcfg-eth0:1` is more addresses of eth0. */
export function readProfiles(files: Files, facts: BackendFacts): readonly Profile[] {
  const found = Object.keys(files)
    .filter((path) => nameIn(path) !== undefined)
    .sort()
    .map((path) => new Definition(files, path, facts));
  const names = [...new Set(found.map(({ name }) => name))];
  return names.map((name) => {
    const mine = found.filter((definition) => definition.name === name);
    const base = mine.find(({ isAlias }) => !isAlias) ?? mine[0]!;
    return base.profile(mine.filter((definition) => definition !== base));
  });
}

class Definition {
  readonly name: string;
  readonly isAlias: boolean;
  readonly #files: Files;
  readonly #path: string;
  readonly #suffix: string;
  readonly #facts: BackendFacts;
  readonly #values: Values;

  constructor(files: Files, path: string, facts: BackendFacts) {
    this.#files = files;
    this.#path = path;
    this.#suffix = nameIn(path)!;
    this.#facts = facts;
    this.#values = new Values(readVariables(own(files, path)!.content));
    const device = this.#values.take('DEVICE') ?? this.#suffix;
    this.name = device.split(':')[0]!;
    this.isAlias = device.includes(':');
  }

  profile(aliases: readonly Definition[]): Profile {
    const { name } = this;
    const kind = this.#kind();
    const onboot = this.#start();
    const [mtu, mac] = [this.#values.number('MTU'), this.#mac()];
    const controller = this.#controller();
    const promisc = this.#values.flag('PROMISC') ?? this.#values.flag('ACCEPT_ALL_MAC_ADDRESSES');
    const { content } = own(this.#files, this.#path)!;
    const uuid = this.#values.take('UUID') ?? /^# uuid (\S+)$/m.exec(content)?.[1];
    const label = readLabel(content);
    this.#values.take('NAME', (text) => (text === name ? text : undefined));
    const ofKind = this.#ofKind(kind);
    const [ipv4, ipv6] = [this.#ipv4(aliases), this.#ipv6()];
    const extra = [...ofKind.extra, ...ipv4.extra, ...ipv6.extra, ...this.#values.left()];
    const line = this.#values.all[0]?.line ?? 1;
    return {
      name,
      kind,
      backend: 'ifcfg',
      onboot,
      ...(mtu !== undefined && { mtu }),
      ...(mac !== undefined && { mac }),
      ...(label !== undefined && { label }),
      ...(uuid !== undefined && { uuid }),
      ...(promisc !== undefined && { promisc }),
      ...(controller !== undefined && { controller }),
      ...ofKind.fields,
      ...(Object.keys(ipv4.fields).length > 0 && { ipv4: ipv4.fields }),
      ...(Object.keys(ipv6.fields).length > 0 && { ipv6: ipv6.fields }),
      at: [{ file: this.#path, line }, ...aliases.map((alias) => ({ file: alias.#path, line: 1 }))],
      ours: this.#path === pathOf('ifcfg', name) && isOurs(this.#files, name) && aliases.length === 0,
      ...(extra.length > 0 && { extra }),
    };
  }

  #kind(): Profile['kind'] {
    const type = this.#values.take('TYPE', (text) =>
      KINDS[text.toLowerCase()] ? text.toLowerCase() : undefined,
    );
    if (type !== undefined && type !== 'ethernet') return KINDS[type]!;
    const has = (key: string): boolean => this.#values.all.some((variable) => variable.key === key);
    if (this.#values.flag('BONDING_MASTER') || has('BONDING_OPTS')) return 'bond';
    if (this.#values.flag('VLAN')) return 'vlan';
    return 'ethernet';
  }

  #start(): StartMode {
    const onboot = this.#values.flag('ONBOOT') ?? true;
    const hotplug = onboot
      ? undefined
      : this.#values.take('HOTPLUG', (text) => (yes(text) ? true : undefined));
    return onboot ? 'onboot' : hotplug ? 'hotplug' : 'none';
  }

  /** HWADDR says which device it is for, and so the MAC that this has. */
  #mac(): string | undefined {
    const read = (text: string): string | undefined =>
      /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(text) ? text.toLowerCase() : undefined;
    return this.#values.take('MACADDR', read) ?? this.#values.take('HWADDR', read);
  }

  #controller(): string | undefined {
    const bond = this.#values.take('MASTER');
    if (bond !== undefined) this.#values.take('SLAVE');
    return bond ?? this.#values.take('BRIDGE');
  }

  #ofKind(kind: Profile['kind']): { fields: Partial<Profile>; extra: string[] } {
    switch (kind) {
      case 'ethernet':
        return { fields: {}, extra: [] };
      case 'bond': {
        this.#values.flag('BONDING_MASTER');
        const { options, extra } = readOptions(BONDING, this.#values.take('BONDING_OPTS') ?? '');
        return { fields: { bond: options }, extra: extra.map((text) => `BONDING_OPTS ${text}`) };
      }
      case 'bridge': {
        const table = bridging(this.#facts.facts.nm === 'yes');
        const { options, extra } = readOptions(table, this.#values.take('BRIDGING_OPTS') ?? '');
        const [stp, delay] = [this.#values.flag('STP'), this.#values.number('DELAY')];
        const bridge = {
          ...(stp !== undefined && { stp }),
          ...(delay !== undefined && { forward_delay: delay }),
          ...options,
        };
        return { fields: { bridge }, extra: extra.map((text) => `BRIDGING_OPTS ${text}`) };
      }
      case 'vlan':
        return { fields: this.#vlan(), extra: [] };
    }
  }

  #vlan(): Partial<Profile> {
    this.#values.flag('VLAN');
    const [, before, number] = /^(?:vlan|(.+)\.)0*(\d+)$/.exec(this.name) ?? [];
    const parent = this.#values.take('PHYSDEV') ?? before;
    const id = this.#values.number('VLAN_ID') ?? (number === undefined ? undefined : Number(number));
    const reorder = this.#values.flag('REORDER_HDR') ?? true;
    const flags = this.#values.take('VLAN_FLAGS', (text) => (text === 'NO_REORDER_HDR' ? text : undefined));
    return {
      ...(parent !== undefined && { parent }),
      vlan: {
        ...(id !== undefined && { id }),
        protocol: '802.1q',
        reorder_hdr: reorder && flags === undefined,
      },
    };
  }

  #ipv4(aliases: readonly Definition[]): { fields: StoredFamily6; extra: readonly string[] } {
    const dhcp = this.#values.take('BOOTPROTO', (text) =>
      ['dhcp', 'none', 'static', ''].includes(text.toLowerCase()) ? text.toLowerCase() : undefined,
    );
    const peerdns = this.#values.flag('PEERDNS');
    const addresses = [...new Set([this, ...aliases].flatMap((one) => one.#addresses()))];
    const gateway =
      this.#values.take('GATEWAY', canonicalAddress) ?? this.#values.take('GATEWAY0', canonicalAddress);
    const lists = readLists(this.#files, this.#suffix, this.name, 'ipv4');
    const dns = this.#dns('ipv4', 'DOMAIN');
    return {
      fields: {
        ...(dhcp === 'dhcp' && { dhcp: true }),
        ...(peerdns !== undefined && { peerdns }),
        ...(addresses.length > 0 && { addresses }),
        ...(gateway !== undefined && { gateway }),
        ...(dns && { dns }),
        ...lists.fields,
      },
      extra: lists.extra,
    };
  }

  /** IPADDR, IPADDR0, IPADDR1, … each with its PREFIX or NETMASK. */
  #addresses(): string[] {
    return this.#values.all.flatMap(({ key, value }) => {
      const [, index] = /^IPADDR(\d*)$/.exec(key) ?? [];
      if (index === undefined || value === undefined) return [];
      const netmask = this.#values.take(`NETMASK${index}`, prefixOfNetmask);
      const prefix = this.#values.number(`PREFIX${index}`) ?? netmask ?? classPrefix(value);
      const cidr = canonicalCidr(`${value}/${prefix}`);
      if (cidr !== undefined) this.#values.understood(key);
      return cidr ?? [];
    });
  }

  #ipv6(): { fields: StoredFamily6; extra: readonly string[] } {
    this.#values.flag('IPV6INIT');
    const cidr = (text: string): string | undefined =>
      canonicalCidr(text.includes('/') ? text : `${text}/64`);
    const first = this.#values.take('IPV6ADDR', cidr);
    const others = this.#values.take('IPV6ADDR_SECONDARIES', (text) => {
      const all = text.split(/\s+/).filter(Boolean).map(cidr);
      return all.includes(undefined) ? undefined : (all as string[]);
    });
    const addresses = [...(first === undefined ? [] : [first]), ...(others ?? [])];
    const dhcp = this.#values.flag('DHCPV6C');
    const autoconf = this.#values.flag('IPV6_AUTOCONF');
    const peerdns = this.#values.flag('IPV6_PEERDNS');
    const gateway = this.#values.take('IPV6_DEFAULTGW', (text) => canonicalAddress(text.split('%')[0]!));
    const lists = readLists(this.#files, this.#suffix, this.name, 'ipv6');
    const dns = this.#dns('ipv6', 'IPV6_DOMAIN');
    return {
      fields: {
        ...(dhcp && { dhcp }),
        ...(autoconf !== undefined && { autoconf }),
        ...(peerdns !== undefined && { peerdns }),
        ...(addresses.length > 0 && { addresses }),
        ...(gateway !== undefined && { gateway }),
        ...(dns && { dns }),
        ...lists.fields,
      },
      extra: lists.extra,
    };
  }

  /** DNS1, DNS2, … of both families are one list. */
  #dns(family: Family, domains: string): StoredFamily6['dns'] {
    const servers = this.#values.all.flatMap(({ key, value }) => {
      const address = /^DNS\d+$/.test(key) && value !== undefined ? canonicalAddress(value) : undefined;
      if (address === undefined || familyOf(address) !== family) return [];
      this.#values.understood(key);
      return [address];
    });
    const search = (this.#values.take(domains) ?? '').split(/\s+/).filter(Boolean);
    if (servers.length + search.length === 0) return undefined;
    return { ...(servers.length > 0 && { servers }), ...(search.length > 0 && { search }) };
  }
}

const KINDS: Readonly<Record<string, Profile['kind']>> = {
  ...{ ethernet: 'ethernet', bridge: 'bridge', bond: 'bond', vlan: 'vlan' },
};

function readLabel(content: string): string | undefined {
  const [, text] = /^# label (".*")$/m.exec(content) ?? [];
  try {
    return text === undefined ? undefined : String(JSON.parse(text));
  } catch {
    return undefined;
  }
}
