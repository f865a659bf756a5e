/** A whole network as libvirt's XML, in place of parameters: what is wrong with it, and how it becomes a definition. */
import { EngineError } from '../../engine/errors.ts';
import type { ParamProblem } from '../../engine/module.ts';
import type { NetworkState } from '../state.ts';
import { isL3, type Network, type NetworkFields } from './network.ts';
import { networkBinding } from './network-bindings.ts';
import { networkProblems } from './network-check.ts';
import { networkGrammarProblems } from './network-grammar.ts';
import { asStored, readNetwork } from './network-xml.ts';
import { attr, child, element, parseXml, textOf, type XmlElement } from './xml.ts';
import { setAttribute, setChildren } from './xml-binding.ts';

/** Mistakes in a document, with their line and column in it where they are of one element. */
export function documentProblems(text: string): Pick<ParamProblem, 'code' | 'message' | 'hint'>[] {
  let root: XmlElement;
  try {
    root = parseXml(text);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    // Not the error itself: a copy of it would have no message
    const { code, message, hint } = error;
    return [{ code, message, ...(hint !== undefined && { hint }) }];
  }
  const grammar = networkGrammarProblems(root).map(({ line, column, message }) => ({
    code: 'XML_CONTENT' as const,
    message: `XML, line ${line}, column ${column}: ${message}`,
  }));
  if (grammar.length > 0) return grammar;
  return [...networkProblems(statedIn(root), true), ...repeatedInPool(root)].map(
    ({ code, message, hint }) => ({
      code,
      message: `in the XML: ${message}`,
      ...(hint !== undefined && { hint }),
    }),
  );
}

/** The name in a document; undefined when there is none, or no document. */
export function documentName(text: string): string | undefined {
  try {
    return textOf(child(parseXml(text), 'name'));
  } catch {
    return undefined;
  }
}

/** What a document says in parameters, with what the forward mode cannot have and reading it leaves out. */
function statedIn(root: XmlElement): Network {
  const whole = networkBinding.read(root) as Network & NetworkFields;
  const model = readNetwork(root);
  if (isL3(model.forward.mode)) return { ...model, ...(child(root, 'domain') && { domain: whole.domain! }) };
  const bridge = Object.entries(whole.bridge ?? {}).filter(
    ([field]) => attr(child(root, 'bridge'), bridgeAttributes[field] ?? field) !== undefined,
  );
  return {
    ...model,
    ...(bridge.length > 0 && { bridge: Object.fromEntries(bridge) }),
    ...(child(root, 'dns') && { dns: whole.dns! }),
    ...(child(root, 'domain') && { domain: whole.domain! }),
    ...(attr(root, 'ipv6') === 'yes' && { ipv6: true }),
  };
}

const bridgeAttributes: Readonly<Record<string, string>> = { mac_table_manager: 'macTableManager' };

function repeatedInPool(root: XmlElement): Pick<ParamProblem, 'code' | 'message' | 'hint'>[] {
  const { interfaces = [], addresses = [] } = readNetwork(root).forward;
  const all = [...interfaces, ...addresses];
  return all
    .filter((one, index) => all.indexOf(one) < index)
    .map((one) => ({ code: 'PARAM_CONFLICT', message: `${one} is there twice` }));
}

/**
 * A document as a definition to store: without what libvirt only tells of a live network, and with the identity that
 * the network there is already has (UUID, MAC address and name of its own bridge), unless the document says otherwise.
 */
export function documentDefinition(text: string, have: NetworkState | undefined): XmlElement {
  const { uuid, mac, bridge, forward } = (have?.stored ?? have?.live)?.model ?? {};
  let xml = asStored(parseXml(text));
  if (typeof uuid === 'string' && !child(xml, 'uuid')) xml = inserted(xml, element('uuid', {}, [uuid]));
  if (!forward || !isL3(forward.mode) || !isL3(readNetwork(xml).forward.mode)) return xml;
  if (typeof mac === 'string' && !child(xml, 'mac')) xml = inserted(xml, element('mac', { address: mac }));
  const own = child(xml, 'bridge') ?? element('bridge');
  if (typeof bridge?.name !== 'string' || attr(own, 'name') !== undefined) return xml;
  return setChildren(xml, 'bridge', [setAttribute(own, 'name', bridge.name)]);
}

/** The element with one more child, before the others. */
const inserted = (xml: XmlElement, node: XmlElement): XmlElement => ({
  ...xml,
  children: [node, ...xml.children],
});

/** Fields that any of these has: of a whole document, what it leaves out is spoken of, too. */
export const topFields = (...models: readonly (Network | undefined)[]): readonly string[] => [
  ...new Set(models.flatMap((model) => Object.keys(model ?? {}))),
];
