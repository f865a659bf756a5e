import type { BackendFacts, Files, Place, Profile } from '../../profile.ts';
import { devicesOf } from './facts.ts';
import { type Entry, FALSE, parseKeyfile } from './keyfile.ts';

/** In the order in which they are read, later ones over earlier ones (NetworkManager.conf(5)). */
const PACKAGED = ['/usr/lib/NetworkManager/conf.d', '/run/NetworkManager/conf.d'];
const MAIN = '/etc/NetworkManager/NetworkManager.conf';
const LOCAL = '/etc/NetworkManager/conf.d';

export const CONF_GLOBS: readonly string[] = [
  MAIN,
  ...[...PACKAGED, LOCAL].map((directory) => `${directory}/*.conf`),
];

type Found = Entry & { readonly file: string };
type Device = Pick<Profile, 'name' | 'kind'>;

/** Where NetworkManager is told to leave an interface alone. */
export function unmanagedAt(files: Files, facts: BackendFacts, device: Device): Place | undefined {
  const found = confFiles(files).flatMap((file): Found[] =>
    parseKeyfile(files[file]!.content).map((entry) => ({ ...entry, file })),
  );
  const macs = devicesOf(facts).flatMap(({ name, mac }) => (name === device.name ? [mac] : []));
  const match = (specs: string): boolean => matches(specs, device, macs);
  const listed = unmanagedList(found).find(({ value }) => match(value));
  return listed ?? unmanagedSection(found, match);
}

/** A file hides those of the same name in directories that are read before. */
function confFiles(files: Files): string[] {
  const paths = Object.keys(files)
    .filter((path) => path.endsWith('.conf'))
    .sort();
  const within = (directory: string): string[] =>
    paths.filter(
      (path) => path.startsWith(`${directory}/`) && !path.slice(directory.length + 1).includes('/'),
    );
  const name = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
  const [usr = [], run = []] = PACKAGED.map(within);
  const etc = within(LOCAL);
  const not = (others: readonly string[]) => (path: string) =>
    !others.some((other) => name(other) === name(path));
  return [
    ...usr.filter(not([...run, ...etc])),
    ...run.filter(not(etc)),
    ...(Object.hasOwn(files, MAIN) ? [MAIN] : []),
    ...etc,
  ];
}

/** The lines that count: `=` starts anew, `+=` adds, `-=` takes away. */
function unmanagedList(found: readonly Found[]): Found[] {
  let list: Found[] = [];
  for (const entry of found) {
    const [, key, sign] = /^(.*?)\s*([+-]?)$/.exec(entry.key) ?? [];
    if (entry.section !== 'keyfile' || key !== 'unmanaged-devices') continue;
    if (sign === '') list = [entry];
    else if (sign === '+') list.push(entry);
    else {
      const gone = specsOf(entry.value);
      list = list.map((other) => ({
        ...other,
        value: specsOf(other.value)
          .filter((spec) => !gone.includes(spec))
          .join(';'),
      }));
    }
  }
  return list;
}

/** `[device…]` with `managed=0` for devices that match. */
function unmanagedSection(found: readonly Found[], match: (specs: string) => boolean): Found | undefined {
  return found.find(({ section, key, value }) => {
    if (!section.startsWith('device') || key !== 'managed' || !FALSE.has(value.trim().toLowerCase()))
      return false;
    const specs = found.findLast((entry) => entry.section === section && entry.key === 'match-device');
    return specs === undefined || match(specs.value);
  });
}

const specsOf = (specs: string): string[] =>
  specs
    .split(/[;,]/)
    .map((spec) => spec.trim())
    .filter((spec) => spec !== '');

/** NetworkManager.conf(5), Device List Format; what needs a driver's name matches nothing. */
function matches(specs: string, device: Device, macs: readonly string[]): boolean {
  const all = specsOf(specs);
  const excluded = all.some(
    (spec) => spec.startsWith('except:') && one(spec.slice('except:'.length), device, macs),
  );
  const included = all.filter((spec) => !spec.startsWith('except:'));
  if (excluded) return false;
  return included.length === 0 ? all.length > 0 : included.some((spec) => one(spec, device, macs));
}

function one(spec: string, { name, kind }: Device, macs: readonly string[]): boolean {
  const [, tag = '', value = ''] =
    /^(?:(interface-name|mac|type|driver|dhcp-plugin|s390-subchannels):)?(.*)$/.exec(spec) ?? [];
  switch (tag) {
    case 'interface-name':
      return value.startsWith('=') ? value.slice(1) === name : globs(value.replace(/^~/, ''), name);
    case 'mac':
      return macs.includes(value.toLowerCase());
    case 'type':
      return value === kind;
    case '':
      return globs(value, name) || macs.includes(value.toLowerCase());
    default:
      return false;
  }
}

function globs(pattern: string, name: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  try {
    return new RegExp(`^(?:${source})$`).test(name);
  } catch {
    return false;
  }
}
