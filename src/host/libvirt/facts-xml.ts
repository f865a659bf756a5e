/** libvirt's XML of every interface of a host: of its stored definition, or where there is none of what is live. */
import { EngineError } from '../../engine/errors.ts';
import { liveProfile } from '../interfaces/live-profile.ts';
import { describeOwner } from '../interfaces/owner.ts';
import type { Profile } from '../interfaces/profile.ts';
import { own } from '../own.ts';
import type { HostState } from '../state.ts';
import { formatInterface } from './interface-format.ts';
import { parseInterface } from './interface-xml.ts';

export interface InterfaceDocument {
  readonly name: string;
  /** Undefined where there is none, for the reason in `notes` */
  readonly xml?: string;
  /** Whose definition it is of, and what the XML does not say */
  readonly notes: readonly string[];
}

/** Documents of interfaces; what is in another is not told again unless it is asked for alone. */
export function interfaceDocuments(state: HostState, names: readonly string[]): InterfaceDocument[] {
  const all = names.map((name) => [name, definitionOf(state, name)] as const);
  const asked = new Set(names);
  return all.flatMap(([name, profile]): InterfaceDocument[] => {
    if (!profile)
      return [{ name, notes: [`${own(state.links, name)?.kind ?? 'nothing'}: no XML for such a link`] }];
    if (profile.controller !== undefined && asked.has(profile.controller)) return [];
    return [document(profile, state)];
  });
}

function document(profile: Profile, state: HostState): InterfaceDocument {
  const { name } = profile;
  const others = new Set([...Object.keys(state.stored.profiles), ...Object.keys(state.links)]);
  const all = [...others].flatMap((other) => definitionOf(state, other) ?? []);
  const source =
    profile.at.length > 0 || isStored(state, name)
      ? `stored by ${describeOwner(profile)}`
      : 'live, not stored';
  try {
    const { xml, omitted } = formatInterface(profile, all);
    const left = omitted.length > 0 ? [`not in the XML: ${omitted.join(', ')}`] : [];
    return { name, xml, notes: [source, ...left, ...firstPorts(xml, all)] };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return { name, notes: [source, error.message] };
  }
}

/** Bonds to which libvirt gives a primary port that they do not have: it takes the first for it. */
const firstPorts = (xml: string, all: readonly Profile[]): string[] =>
  parseInterface(xml)
    .filter(({ name, bond }) => bond?.primary !== undefined && !primaryOf(all, name))
    .map(
      ({ name, bond }) => `${name} has no primary port; libvirt takes the first, ${bond!.primary}, for it`,
    );

const primaryOf = (all: readonly Profile[], name: string): unknown =>
  all.find((profile) => profile.name === name)?.bond?.primary;

/** The definition that counts: of a backend that configures the host. */
function definitionOf(state: HostState, name: string): Profile | undefined {
  const link = own(state.links, name);
  return storedOf(state, name) ?? (link && liveProfile(link));
}

const storedOf = ({ stored }: HostState, name: string): Profile | undefined =>
  own(stored.profiles, name)?.find(({ backend }) => stored.backends[backend]?.active);

const isStored = (state: HostState, name: string): boolean => storedOf(state, name) !== undefined;
