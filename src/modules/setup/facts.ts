/** Reads everything in one go: files as they are, and iproute2's JSON. A missing `ip` leaves the network facts out. */
export const FACTS_SCRIPT = `export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"
wb_part() { printf '\\n@@ %s\\n' "$1"; }
wb_part uname; uname -s; uname -n; uname -r; uname -v; uname -m
wb_part fqdn; hostname -f 2>/dev/null
wb_part id; id -un; id -u; id -gn; id -g; printf '%s\\n' "$HOME" "$SHELL"
wb_part date; date '+%s %Y-%m-%dT%H:%M:%S%z %Z'
wb_part os; cat /etc/os-release 2>/dev/null
wb_part mem; cat /proc/meminfo 2>/dev/null
wb_part cpu; grep -c '^processor' /proc/cpuinfo 2>/dev/null
wb_part uptime; cat /proc/uptime 2>/dev/null
wb_part machine; cat /etc/machine-id 2>/dev/null
wb_part init; cat /proc/1/comm 2>/dev/null
wb_part python; command -v python3
wb_part tools; for t in apt-get dnf yum zypper apk pacman; do command -v $t; done
wb_part addr; ip -j addr show 2>/dev/null
wb_part route4; ip -j -4 route show default 2>/dev/null
wb_part route6; ip -j -6 route show default 2>/dev/null
wb_part end
exit 0`;

type Facts = Record<string, unknown>;

/** What the script printed, as facts under Ansible's names without `ansible_`. Units: MiB, seconds. */
export function parseFacts(text: string): Facts {
  const part = parts(text);
  const lines = (name: string): string[] => (part.get(name) ?? '').split('\n').filter((line) => line !== '');
  const [system, nodename = '', kernel, version, machine] = lines('uname');
  const [user, uid, group, gid, home, shell] = lines('id');
  const [epoch, iso, zone] = (lines('date')[0] ?? '').split(' ');
  const os = keyValues(lines('os'));
  const memory = (key: string): number | undefined => {
    const match = new RegExp(`^${key}:\\s+(\\d+) kB$`, 'm').exec(part.get('mem') ?? '');
    return match ? Math.floor(Number(match[1]) / 1024) : undefined;
  };
  const id = os.ID ?? '';
  return withoutUndefined({
    system,
    nodename,
    hostname: nodename.split('.')[0],
    fqdn: lines('fqdn')[0] ?? nodename,
    domain: (lines('fqdn')[0] ?? nodename).split('.').slice(1).join('.'),
    kernel,
    kernel_version: version,
    machine,
    architecture: machine,
    user_id: user,
    user_uid: number(uid),
    user_gid: number(gid),
    user_group: group,
    user_dir: home,
    user_shell: shell,
    date_time: withoutUndefined({
      epoch,
      iso8601: iso,
      tz: zone,
      date: iso?.slice(0, 10),
      time: iso?.slice(11, 19),
    }),
    distribution: DISTRIBUTIONS.get(id) ?? os.NAME,
    distribution_version: os.VERSION_ID,
    distribution_major_version: os.VERSION_ID?.split('.')[0],
    distribution_release: os.VERSION_CODENAME,
    os_family: family(id, os.ID_LIKE),
    pkg_mgr: packageTool(lines('tools')),
    service_mgr: lines('init')[0],
    machine_id: lines('machine')[0],
    python_interpreter: lines('python')[0],
    processor_vcpus: number(lines('cpu')[0]),
    memtotal_mb: memory('MemTotal'),
    memfree_mb: memory('MemFree'),
    swaptotal_mb: memory('SwapTotal'),
    uptime_seconds: number((part.get('uptime') ?? '').split('.')[0]),
    ...networkFacts(json(part.get('addr')), json(part.get('route4')), json(part.get('route6'))),
  });
}

const DISTRIBUTIONS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    debian: 'Debian',
    ubuntu: 'Ubuntu',
    fedora: 'Fedora',
    rhel: 'RedHat',
    centos: 'CentOS',
    rocky: 'Rocky',
    almalinux: 'AlmaLinux',
    opensuse: 'openSUSE',
    'opensuse-leap': 'openSUSE Leap',
    sles: 'SLES',
    arch: 'Archlinux',
    alpine: 'Alpine',
  }),
);

function family(id: string, like = ''): string | undefined {
  const words = [id, ...like.split(' ')];
  if (words.includes('debian') || words.includes('ubuntu')) return 'Debian';
  if (['rhel', 'fedora', 'centos'].some((word) => words.includes(word))) return 'RedHat';
  if (words.some((word) => word.includes('suse') || word === 'sles')) return 'Suse';
  return DISTRIBUTIONS.get(id);
}

function packageTool(paths: readonly string[]): string | undefined {
  const name = paths[0]?.split('/').at(-1);
  return name === 'apt-get' ? 'apt' : name;
}

interface AddrEntry {
  readonly ifname: string;
  readonly link_type: string;
  readonly address?: string;
  readonly mtu: number;
  readonly flags: readonly string[];
  readonly addr_info?: readonly {
    family: string;
    local: string;
    prefixlen: number;
    scope: string;
    broadcast?: string;
  }[];
}

interface RouteEntry {
  readonly dev: string;
  readonly gateway?: string;
}

function networkFacts(
  addr: readonly unknown[],
  route4: readonly unknown[],
  route6: readonly unknown[],
): Facts {
  const links = addr as readonly AddrEntry[];
  const facts: Facts = {
    interfaces: links.map(({ ifname }) => ifname),
    all_ipv4_addresses: addressesOf(links, 'inet'),
    all_ipv6_addresses: addressesOf(links, 'inet6'),
    default_ipv4: defaultOf(links, route4[0] as RouteEntry | undefined, 'inet'),
    default_ipv6: defaultOf(links, route6[0] as RouteEntry | undefined, 'inet6'),
  };
  for (const link of links) {
    const infos = link.addr_info ?? [];
    const v4 = infos
      .filter((info) => info.family === 'inet')
      .map((info) => address4(info.local, info.prefixlen));
    facts[link.ifname.replace(/[^A-Za-z0-9_]/g, '_')] = withoutUndefined({
      device: link.ifname,
      macaddress: link.link_type === 'loopback' ? undefined : link.address,
      mtu: link.mtu,
      active: link.flags.includes('UP'),
      type: link.link_type === 'loopback' ? 'loopback' : 'ether',
      ipv4: v4[0],
      ipv4_secondaries: v4.length > 1 ? v4.slice(1) : undefined,
      ipv6: infos
        .filter((info) => info.family === 'inet6')
        .map((info) => ({ address: info.local, prefix: String(info.prefixlen), scope: info.scope })),
    });
  }
  return facts;
}

const addressesOf = (links: readonly AddrEntry[], kind: string): string[] =>
  links
    .filter(({ link_type }) => link_type !== 'loopback')
    .flatMap(({ addr_info }) =>
      (addr_info ?? []).filter((info) => info.family === kind).map((info) => info.local),
    );

function defaultOf(links: readonly AddrEntry[], route: RouteEntry | undefined, kind: string): Facts {
  if (!route) return {};
  const link = links.find(({ ifname }) => ifname === route.dev);
  const info = link?.addr_info?.find((each) => each.family === kind && each.scope === 'global');
  return withoutUndefined({
    interface: route.dev,
    gateway: route.gateway,
    macaddress: link?.address,
    mtu: link?.mtu,
    ...(info && kind === 'inet' ? address4(info.local, info.prefixlen) : {}),
    ...(info && kind === 'inet6'
      ? { address: info.local, prefix: String(info.prefixlen), scope: info.scope }
      : {}),
  });
}

function address4(address: string, prefix: number): Facts {
  const toNumber = (text: string): number =>
    text.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0);
  const toText = (value: number): string =>
    [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
  const size = 2 ** (32 - prefix);
  const network = Math.floor(toNumber(address) / size) * size;
  return { address, prefix: String(prefix), netmask: toText(2 ** 32 - size), network: toText(network) };
}

function parts(text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const section of text.split(/^@@ /m).slice(1)) {
    const end = section.indexOf('\n');
    found.set(section.slice(0, end), section.slice(end + 1));
  }
  return found;
}

const number = (text: string | undefined): number | undefined =>
  text === undefined || text === '' ? undefined : Number(text);

function keyValues(lines: readonly string[]): Record<string, string | undefined> {
  const pairs = lines
    .map((line) => /^([A-Z_]+)=(?:"(.*)"|(.*))$/.exec(line))
    .filter((match) => match !== null);
  return Object.fromEntries(pairs.map((match) => [match[1]!, match[2] ?? match[3] ?? '']));
}

function json(text: string | undefined): readonly unknown[] {
  if (text === undefined || text.trim() === '') return [];
  return JSON.parse(text) as unknown[];
}

const withoutUndefined = (facts: Facts): Facts =>
  Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
