/** What a host has, stored and live, and whether two such states are one. */
import { isDeepStrictEqual } from 'node:util';
import { isUnknown } from '../../src/engine/unknown.ts';
import type { Addressing6, Link, Links } from '../../src/host/interfaces/link.ts';
import { linksReader } from '../../src/host/observe/links.ts';
import { emptyState } from '../../src/host/state.ts';
import type { HostShell } from './shell.ts';

export interface Snapshot {
  readonly links: Links;
  /** What is in the folders of all backends and of systemd's units: content, mode and owner, or a link's target */
  readonly files: Readonly<Record<string, string>>;
}

const FOLDERS = [
  'systemd/network',
  'systemd/system',
  'network',
  'netplan',
  'NetworkManager',
  'sysctl.d',
  'modules-load.d',
];

const FILES = `for folder in ${FOLDERS.join(' ')}; do
  [ ! -d "/etc/$folder" ] || find "/etc/$folder" \\
    \\( -type f -printf '\\n@file %p %m %U %G\\n' -exec cat {} \\; \\) -o \\( -type l -printf '\\n@file %p %l\\n' \\)
done`;

export async function snapshot(shell: HostShell): Promise<Snapshot> {
  const stdout = await shell.run(`export LC_ALL=C\n${linksReader.script({ source: 'links' })}`);
  const { links } = linksReader.parse({ stdout, stderr: '', status: 0 }, emptyState, { source: 'links' });
  const [, ...files] = (await shell.run(FILES)).split('\n@file ');
  return {
    links,
    files: Object.fromEntries(
      files.map((text) => {
        const [, path, rest] = /^(\S+) ([\s\S]*?)\n*$/.exec(text)!;
        return [path!, rest!];
      }),
    ),
  };
}

/**
 * How a state differs from another, as `br0.mtu: 1400, not 1500`; nothing: not at all.
 * @param before What was there before a change, where `want` is what such a change gave another time: links that came
 * since are made with addresses of their own, and a bridge's link-local one is of the MAC that it had when it came up
 * @param booted One of them has been booted since, the other not: whether a NIC without a task is up differs then
 */
export function differences(
  have: Snapshot,
  want: Snapshot,
  { before = want, booted = false }: { before?: Snapshot; booted?: boolean } = {},
): string[] {
  const live = (state: Snapshot): Record<string, unknown> =>
    flatten(
      Object.fromEntries(
        Object.values(state.links)
          .filter((link) => !(booted && isIdle(link)))
          .map((link) => [link.name, facts(link, link.name in before.links, before === want)]),
      ),
    );
  return [...compare(live(have), live(want)), ...compare(stored(have), stored(want))];
}

const isIdle = ({ kind, controller, ipv4, ipv6 }: Link): boolean =>
  kind === 'ethernet' && controller === undefined && ipv4.addresses.length + ipv6.addresses.length === 0;

/** Only what is stored. */
export const storedDifferences = (have: Snapshot, want: Snapshot): string[] =>
  compare(stored(have), stored(want));

/** Spare copies are no definitions; that none stays is looked at apart. */
const stored = ({ files }: Snapshot): Record<string, unknown> =>
  Object.fromEntries(Object.entries(files).filter(([path]) => !LEFTOVER.test(path)));

const LEFTOVER = /\/\.wirebook-|\/wirebook-restore-/;

/** What a guarded change may not leave behind. */
export const leftovers = ({ files }: Snapshot): string[] =>
  Object.keys(files)
    .filter((path) => LEFTOVER.test(path))
    .map((path) => `${path} is left`);

/** All of a link but what is new with each link, and what the kernel alone decides. */
function facts({ index: _index, ipv4, ipv6, mac, ...rest }: Link, old: boolean, same: boolean): object {
  const isKept = old && same;
  return { ...rest, ...(old ? { mac } : {}), ipv4: family(ipv4, isKept), ipv6: family(ipv6, isKept) };
}

/** Of two bases, link-local addresses differ, and what networkd sets once it has managed a link, and leaves then. */
const family = ({ linkLocal, accept_ra, ...rest }: Addressing6, isKept: boolean): object =>
  isKept ? { ...rest, accept_ra, ...(!isUnknown(linkLocal) && { linkLocal }) } : rest;

/** Objects as paths; lists stay whole. */
function flatten(value: Readonly<Record<string, unknown>>, path = ''): Record<string, unknown> {
  return Object.assign(
    {},
    ...Object.entries(value).map(([key, inner]) =>
      typeof inner === 'object' && inner !== null && !Array.isArray(inner)
        ? flatten(inner as Record<string, unknown>, `${path}${key}.`)
        : { [`${path}${key}`]: inner },
    ),
  );
}

function compare(have: Record<string, unknown>, want: Record<string, unknown>): string[] {
  return [...new Set([...Object.keys(have), ...Object.keys(want)])]
    .filter((key) => !isDeepStrictEqual(have[key], want[key]))
    .map((key) => `${key}: ${show(have[key])}, not ${show(want[key])}`);
}

const show = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));
