import { stringify } from 'yaml';
import { EngineError } from '../engine/errors.ts';
import { escapeUnicodeControls, jsonText, oneLine } from '../engine/report/text.ts';
import { EXIT } from '../engine/run/exit.ts';
import { escapeControls } from '../engine/transport/escape.ts';
import { findInterfaces, hostFacts, interfaceNames } from '../host/facts.ts';
import { interfaceView } from '../host/interfaces/view.ts';
import { interfaceDocuments } from '../host/libvirt/facts-xml.ts';
import { factsText } from './facts-text.ts';
import type { ConnectionFlags } from './flags.ts';
import { type Gathered, gather, warnOfLibvirt } from './gather.ts';

interface FactsFlags extends ConnectionFlags {
  readonly output: 'text' | 'json';
  readonly xml?: boolean;
  readonly interface?: string;
}

/** `wirebook facts HOST…`: what hosts have. @returns the exit code */
export async function factsCommand(patterns: readonly string[], flags: FactsFlags): Promise<number> {
  if (flags.xml && flags.output === 'json')
    throw new EngineError('USAGE', '--xml and -o json exclude each other');
  const { hosts, exitCode } = await gather(patterns, flags);
  const found = hosts.map((host) => ({ ...host, names: namesOf(host, flags.interface) }));
  if (flags.output === 'json') {
    const all = Object.fromEntries(found.map((host) => [host.host, jsonFacts(host, flags.interface)]));
    console.log(escapeUnicodeControls(JSON.stringify(JSON.parse(jsonText(all)), undefined, 2)));
  } else {
    const show = flags.xml ? xmlText : flags.interface === undefined ? factsText : oneInterface;
    const texts = found.map((host) => show(host)).filter((text) => text !== '');
    if (texts.length > 0) console.log(texts.join('\n\n'));
  }
  if (flags.output === 'json') warnOfLibvirt(hosts);
  if (
    flags.interface !== undefined &&
    exitCode === EXIT.ok &&
    found.every(({ names }) => names.length === 0)
  ) {
    throw new EngineError('USAGE', `no interface is called ${flags.interface}, or has that MAC`);
  }
  return exitCode;
}

export type Found = Gathered & { readonly names: readonly string[] };

const namesOf = ({ state }: Gathered, key: string | undefined): readonly string[] =>
  key === undefined ? interfaceNames(state) : findInterfaces(state, key);

function jsonFacts({ state, uri, names }: Found, key: string | undefined): unknown {
  const facts = hostFacts(state, uri);
  if (key === undefined) return facts;
  return { interfaces: Object.fromEntries(names.map((name) => [name, facts.interfaces[name]])) };
}

function oneInterface({ host, state, names }: Found): string {
  if (names.length === 0) return '';
  const views = Object.fromEntries(names.map((name) => [name, interfaceView(state, name)]));
  return escapeControls(stringify({ [host]: JSON.parse(jsonText(views)) }).trimEnd());
}

function xmlText({ host, state, names }: Found): string {
  return interfaceDocuments(state, names)
    .map(({ name, xml, notes }) => {
      const comments = [`${host}: ${name}, ${notes[0]}`, ...notes.slice(1)].map(
        // Two dashes would end the comment
        (note) => `<!-- ${oneLine(note).replaceAll('--', '- -')} -->`,
      );
      return [...comments, ...(xml === undefined ? [] : [escapeControls(xml)])].join('\n');
    })
    .join('\n');
}
