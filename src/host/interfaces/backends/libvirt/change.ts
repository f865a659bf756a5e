import { isDeepStrictEqual } from 'node:util';
import { EngineError } from '../../../../engine/errors.ts';
import type { Step } from '../../../../engine/module.ts';
import { formatInterface } from '../../../libvirt/interface-format.ts';
import { own } from '../../../own.ts';
import type { Profile } from '../../profile.ts';
import type { DefinitionChange } from '../backend.ts';

type Profiles = Readonly<Record<string, Profile>>;

/** What to tell libvirt: a definition holds what is in it, so that the outermost ones are told. */
export interface Redefinition {
  readonly undefine: readonly string[];
  /** Documents in the order in which they are given */
  readonly define: readonly { readonly name: string; readonly xml: string }[];
}

/**
 * @throws EngineError REQUIREMENT for what libvirt's XML cannot say
 */
export function redefinition(before: Profiles, after: Profiles, change: DefinitionChange): Redefinition {
  const { undefine, define } = affected(before, after, change);
  const changed = new Set(change.set.map(({ name }) => name));
  const all = Object.values(after).map((profile) => asPort(profile, own(before, profile.name)));
  return {
    undefine,
    define: define.map((name) => ({ name, xml: document(own(after, name)!, all, changed) })),
  };
}

/** A port loses what it said when it was on its own: the XML has no words for it, and no task asks for it. */
function asPort(profile: Profile, before: Profile | undefined): Profile {
  if (profile.controller === undefined) return profile;
  const kept = Object.entries(profile).filter(
    ([field, value]) =>
      !['onboot', 'mtu', 'ipv4', 'ipv6', 'label', 'uuid'].includes(field) ||
      !isDeepStrictEqual(value, before?.[field as keyof Profile]),
  );
  return Object.fromEntries(kept) as unknown as Profile;
}

/** Names of the definitions to take away, and to give anew. */
export function affected(
  before: Profiles,
  after: Profiles,
  { set, remove }: DefinitionChange,
): { readonly undefine: readonly string[]; readonly define: readonly string[] } {
  const names = [...set.map(({ name }) => name), ...remove];
  const tops = new Set(names.flatMap((name) => [topOf(before, name), topOf(after, name)]));
  const touched = [...tops].filter((name) => name !== undefined);
  const isTop = (profiles: Profiles, name: string): boolean => topOf(profiles, name) === name;
  return {
    undefine: touched.filter((name) => isTop(before, name) && !isTop(after, name)),
    // First those that lose what others get
    define: touched
      .filter((name) => isTop(after, name))
      .sort((a, b) => Number(isTop(before, b)) - Number(isTop(before, a))),
  };
}

/** The outermost interface that an interface is defined in. */
function topOf(profiles: Profiles, name: string): string | undefined {
  const profile = own(profiles, name);
  if (!profile) return undefined;
  const { controller } = profile;
  return (controller === undefined ? undefined : topOf(profiles, controller)) ?? name;
}

function document(profile: Profile, all: readonly Profile[], changed: ReadonlySet<string>): string {
  const { xml, omitted } = formatInterface(profile, all);
  // What was in a definition before, and no task speaks of, is not this task's to complain of
  const unsayable = omitted.filter((one) => changed.has(one.slice(0, one.indexOf(': '))));
  if (unsayable.length > 0) {
    throw new EngineError('REQUIREMENT', `libvirt's interface XML cannot say ${unsayable.join(', ')}`, {
      hint: 'leave it out, or use another backend',
    });
  }
  return xml;
}

/** Removes and defines within one transaction of libvirt's, which is undone if a part of it fails. */
const TRANSACTION = `
uri=$1
shift
wb_virsh() { LC_ALL=C virsh -q -c "$uri" "$@"; }
wb_virsh iface-begin || {
  echo 'someone has begun a change of interfaces with virsh iface-begin: end it there with iface-commit or iface-rollback' >&2
  exit 1
}
while [ $# -gt 0 ]; do
  case $1 in
    define) printf '%s' "$2" | wb_virsh iface-define /dev/stdin ;;
    undefine) wb_virsh iface-undefine --interface "$2" ;;
  esac || { wb_virsh iface-rollback; exit 1; }
  shift 2
done
wb_virsh iface-commit || { wb_virsh iface-rollback; exit 1; }
`;

export function transaction(uri: string, { undefine, define }: Redefinition): Step[] {
  if (undefine.length + define.length === 0) return [];
  const words = [
    ...undefine.flatMap((name) => ['undefine', name]),
    ...define.flatMap(({ xml }) => ['define', xml]),
  ];
  const titles = [
    ...undefine.map((name) => `undefine ${name}`),
    ...define.map(({ name }) => `define ${name}`),
  ];
  return [
    {
      title: `${titles.join(', ')} in libvirt`,
      argv: ['sh', '-c', TRANSACTION, 'sh', uri, ...words],
      persists: true,
    },
  ];
}
