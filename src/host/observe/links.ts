import { EngineError } from '../../engine/errors.ts';
import { parseLinks, type RawLink, type RawVlans } from '../interfaces/backends/iproute2/read.ts';
import type { RawRoute } from '../interfaces/backends/iproute2/read-routes.ts';
import type { Reader } from './reader.ts';

/**
 * All links with their addresses and routes. Three processes: ip twice, and bridge where there is a bridge
 * (it may be missing, and so may VLAN filtering); the rest are the shell's own words. Names of routing tables
 * are read too, since ip prints names where there are some. A shell reads /proc/sys byte by byte and sees an
 * end after the first, which is all of it here, so the status of `read` says nothing.
 */
const script = `
command -v ip >/dev/null || { echo 'ip: not found' >&2; exit 127; }
links=$(ip -j -d addr show) || exit 1
printf '%s\\n' links "$links" routes
ip -j route show table all || exit 1
printf '\\n%s\\n' vlans
case $links in *'"info_kind":"bridge"'*) bridge -j vlan show 2>/dev/null ;; esac
printf '\\n%s\\n' devices
set -- /sys/class/net/*/device/driver
[ ! -e "$1" ] || ls -ld "$@" /sys/class/net/*/device
printf '%s\\n' sysctls
for file in /proc/sys/net/ipv6/conf/*/accept_ra /proc/sys/net/ipv6/conf/*/autoconf; do
  value=
  [ ! -r "$file" ] || read -r value <"$file"
  [ -z "$value" ] || printf '%s %s\\n' "$value" "$file"
done
printf '%s\\n' tables
for file in /usr/share/iproute2/rt_tables /usr/lib/iproute2/rt_tables /etc/iproute2/rt_tables /etc/iproute2/rt_tables.d/*.conf; do
  [ ! -r "$file" ] || while read -r number name rest; do
    case $number in [0-9]*) printf '%s %s\\n' "$number" "$name" ;; esac
  done <"$file"
done
echo end
`;

const titles = ['links', 'routes', 'vlans', 'devices', 'sysctls', 'tables', 'end'] as const;

/** Reads all live links. Needs iproute2 4.18 (JSON). */
export const linksReader: Reader = {
  source: 'links',
  script: () => script,

  parse({ stdout, stderr, status }, state) {
    if (status === 127) {
      throw new EngineError('REQUIREMENT', 'the host has no command ip', {
        hint: 'install the package iproute2 (iproute on Fedora and RHEL)',
      });
    }
    if (status !== 0 && /"-j" is unknown|BusyBox/.test(stderr)) {
      throw new EngineError('REQUIREMENT', 'ip on the host knows no -j', {
        hint: 'install iproute2 4.18 or newer',
      });
    }
    const sections = status === 0 ? split(stdout) : undefined;
    if (!sections) {
      const reason = status === 0 ? 'the output is cut off' : (lastLine(stderr) ?? `status ${status}`);
      throw new EngineError('OBSERVE', `links could not be read: ${reason}`);
    }
    const links = parseLinks({
      links: json<RawLink>(sections.links),
      routes: json<RawRoute>(sections.routes),
      vlans: json<RawVlans>(sections.vlans),
      devices: sections.devices,
      sysctls: sections.sysctls,
      tables: sections.tables,
    });
    return { ...state, links };
  },
};

function split(stdout: string): Record<(typeof titles)[number], string[]> | undefined {
  const found = {} as Record<(typeof titles)[number], string[]>;
  let next = 0;
  let section: string[] = [];
  for (const line of stdout.split('\n')) {
    const title = titles[next];
    if (title !== undefined && line === title) {
      section = found[title] = [];
      next++;
    } else if (line !== '') section.push(line);
  }
  return next === titles.length ? found : undefined;
}

const escapeControl = (control: string): string =>
  `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`;

/**
 * iproute2 prints nothing at all for an empty list, `{}` for an element it filtered out, and as bridge before 4.20
 * an object with interface names as keys.
 */
function json<T extends object>(lines: readonly string[]): T[] {
  // ip writes control characters of an alias as they are
  const text = lines.join('\n').replaceAll(/[\u0000-\u0009\u000b-\u001f]/g, escapeControl);
  if (text.trim() === '') return [];
  try {
    const value = JSON.parse(text) as T[] | Record<string, unknown>;
    const list = Array.isArray(value)
      ? value
      : Object.entries(value).map(([ifname, vlans]) => ({ ifname, vlans }) as unknown as T);
    return list.filter((element) => Object.keys(element).length > 0);
  } catch (cause) {
    throw new EngineError('OBSERVE', 'links could not be read: ip printed no valid JSON', { cause });
  }
}

const lastLine = (text: string): string | undefined => text.trim().split('\n').at(-1) || undefined;
