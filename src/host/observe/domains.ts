import { EngineError } from '../../engine/errors.ts';
import { domainNics } from '../libvirt/nic-xml.ts';
import { batchScript, parseBatch, segmentOutput, type VirshSegment } from '../libvirt/virsh.ts';
import { child, parseXml, textOf } from '../libvirt/xml.ts';
import { own } from '../own.ts';
import type { DomainState } from '../state.ts';
import type { Reader } from './reader.ts';

/**
 * Guests by name: state, whether there is a stored definition, and the NICs of both definitions.
 * A name that libvirt does not know is `undefined` in the state; a daemon that does not answer is an error.
 */
export const domainsReader: Reader = {
  source: 'domains',

  script: ({ uri = '', names = [] }) =>
    batchScript(uri, [
      { key: 'version', command: ['version'] },
      // What virsh prints of a domain that is not there does not say whether that was the reason
      { key: 'names', command: ['list', '--all', '--name'] },
      ...names.flatMap((name, index) => [
        { key: `info:${index}`, command: ['dominfo', '--domain', name] },
        { key: `stored:${index}`, command: ['dumpxml', '--domain', name, '--inactive'] },
        { key: `live:${index}`, command: ['dumpxml', '--domain', name] },
      ]),
    ]),

  parse(output, state, { uri = '', names = [] }) {
    const batch = parseBatch(output, uri);
    const version = /libvirt (\d+\.\d+\.\d+)/.exec(segmentOutput(batch, 'version') ?? '')?.[1] ?? '';
    const there = new Set((segmentOutput(batch, 'names') ?? '').split('\n'));
    const found = names.map(
      (name, index) => [name, there.has(name) ? readDomain(batch, name, index) : undefined] as const,
    );
    const before = own(state.libvirt, uri);
    const domains = { ...before?.domains, ...Object.fromEntries(found) };
    return {
      ...state,
      libvirt: { ...state.libvirt, [uri]: { version, networks: before?.networks ?? {}, domains } },
    };
  },
};

function readDomain(batch: ReadonlyMap<string, VirshSegment>, name: string, index: number): DomainState {
  const read = (key: string): string => {
    const text = segmentOutput(batch, `${key}:${index}`);
    if (text === undefined)
      throw new EngineError('OBSERVE', `the domain ${name} went away while it was read`);
    return text;
  };
  const [info, stored, live] = [read('info'), read('stored'), read('live')];
  const definition = parseXml(stored);
  const actualName = textOf(child(definition, 'name'));
  if (actualName !== name) {
    throw new EngineError('OBSERVE', `libvirt takes ${name} for the id or UUID of the domain ${actualName}`, {
      hint: 'virsh looks for ids and UUIDs before names: rename the domain',
    });
  }
  const active = field(info, 'Id') !== '-';
  const persistent = field(info, 'Persistent') === 'yes';
  return {
    state: active ? activeState(field(info, 'State')) : 'shut off',
    persistent,
    osBoot: child(child(definition, 'os'), 'boot') !== undefined,
    // For a transient domain, --inactive shows what is live
    stored: persistent ? domainNics(stored) : [],
    live: active ? domainNics(live) : [],
  };
}

const field = (info: string, name: string): string | undefined =>
  new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(info)?.[1]?.trim();

const activeState = (state: string | undefined): DomainState['state'] =>
  state === 'running' || state === 'idle' ? 'running' : state === 'paused' ? 'paused' : 'other';
