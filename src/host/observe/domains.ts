import { EngineError } from '../../engine/errors.ts';
import { bootsByOs, domainNics } from '../libvirt/domain-xml.ts';
import {
  batchScript,
  batchScriptOfAll,
  parseBatch,
  segmentOutput,
  type VirshRead,
  type VirshSegment,
} from '../libvirt/virsh.ts';
import { parseXml, textOf } from '../libvirt/xml.ts';
import { own } from '../own.ts';
import type { DomainState } from '../state.ts';
import type { Reader } from './reader.ts';
import { withLibvirt } from './with-libvirt.ts';

/**
 * Guests by name: state, whether there is a stored definition, and the NICs of both definitions.
 * A name that libvirt does not know is `undefined` in the state; a daemon that does not answer is an error.
 */
export const domainsReader: Reader = {
  source: 'domains',
  script: ({ uri = '', names }) =>
    names
      ? batchScript(uri, [...ALWAYS, ...names.flatMap((name, index) => readsOf(name, String(index)))])
      : batchScriptOfAll(uri, ALWAYS, ['list', '--all', '--uuid'], readsOf('UUID', 'UUID')),

  parse(output, state, { uri = '', names }) {
    const batch = parseBatch(output, uri);
    const version = /libvirt (\d+\.\d+\.\d+)/.exec(segmentOutput(batch, 'version') ?? '')?.[1] ?? '';
    const found = names ? namedDomains(batch, names) : allDomains(batch);
    // Of all of them, those that were known before and are not among them are gone
    const before = names ? own(state.libvirt, uri)?.domains : {};
    const domains = { ...before, ...Object.fromEntries(found) };
    return withLibvirt(state, uri, { version, domains });
  },
};

// What virsh prints of a domain that is not there does not say whether that was the reason
const ALWAYS: readonly VirshRead[] = [
  { key: 'version', command: ['version'] },
  { key: 'names', command: ['list', '--all', '--name'] },
];

const readsOf = (name: string, key: string): VirshRead[] => [
  { key: `info:${key}`, command: ['dominfo', '--domain', name] },
  { key: `stored:${key}`, command: ['dumpxml', '--domain', name, '--inactive'] },
  { key: `live:${key}`, command: ['dumpxml', '--domain', name] },
];

type Batch = ReadonlyMap<string, VirshSegment>;

function namedDomains(batch: Batch, names: readonly string[]): [string, DomainState | undefined][] {
  const there = new Set((segmentOutput(batch, 'names') ?? '').split('\n'));
  return names.map((name, index) => {
    if (!there.has(name)) return [name, undefined];
    const read = readDomain(batch, String(index), name);
    if (!read) throw new EngineError('OBSERVE', `the domain ${name} went away while it was read`);
    return read;
  });
}

/** One that went away since it was listed is not there. */
const allDomains = (batch: Batch): [string, DomainState][] =>
  [...batch.keys()]
    .filter((key) => key.startsWith('info:'))
    .flatMap((key) => {
      const read = readDomain(batch, key.slice('info:'.length), undefined);
      return read ? [read] : [];
    });

function readDomain(batch: Batch, key: string, name: string | undefined): [string, DomainState] | undefined {
  const [info, stored, live] = ['info', 'stored', 'live'].map((what) =>
    segmentOutput(batch, `${what}:${key}`),
  );
  if (info === undefined || stored === undefined || live === undefined) return undefined;
  const actualName = nameOf(stored);
  if (name !== undefined && actualName !== name) {
    throw new EngineError('OBSERVE', `libvirt takes ${name} for the id or UUID of the domain ${actualName}`, {
      hint: 'virsh looks for ids and UUIDs before names: rename the domain',
    });
  }
  const active = field(info, 'Id') !== '-';
  const persistent = field(info, 'Persistent') === 'yes';
  const liveText = active ? live : '';
  // For a transient domain, --inactive shows what is live
  const storedText = persistent ? stored : '';
  const domain = parsedWhenAsked(
    { state: active ? activeState(field(info, 'State')) : ('shut off' as const), persistent },
    {
      osBoot: () => bootsByOs(stored),
      stored: () => domainNics(storedText),
      live: () => domainNics(liveText),
    },
  );
  return [actualName, domain];
}

/** The name stands before all that a person can give: title, description and metadata. */
const nameOf = (definition: string): string =>
  textOf(parseXml(/<name>[^<]*<\/name>/.exec(definition)?.[0] ?? '<name/>')) ?? '';

/**
 * The known with more in it that is found out at its first use, and kept. Of a host's many guests, only those that a
 * task speaks of are looked into.
 */
function parsedWhenAsked<K extends object, L extends object>(
  known: K,
  later: { readonly [P in keyof L]: () => L[P] },
): K & L {
  const whole = { ...known };
  for (const key of Object.keys(later) as (keyof L & string)[]) {
    Object.defineProperty(whole, key, {
      enumerable: true,
      configurable: true,
      get(): unknown {
        const value = later[key]();
        Object.defineProperty(whole, key, { enumerable: true, value });
        return value;
      },
    });
  }
  return whole as K & L;
}

const field = (info: string, name: string): string | undefined =>
  new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(info)?.[1]?.trim();

const activeState = (state: string | undefined): DomainState['state'] =>
  state === 'running' || state === 'idle' ? 'running' : state === 'paused' ? 'paused' : 'other';
