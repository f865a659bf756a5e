import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { EngineError } from '../../engine/errors.ts';

/**
 * An XML element as it stands: names with their prefix (`dnsmasq:option`), `xmlns` among the attributes,
 * attributes and text decoded but otherwise as written, child nodes in order.
 */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlNode[];
}

/** Text (CDATA is text too), a comment, or an element. */
export type XmlNode = XmlElement | XmlComment | string;

interface XmlComment {
  readonly comment: string;
}

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  processEntities: false,
  cdataPropName: '#cdata',
  commentPropName: '#comment',
  ignoreDeclaration: true,
  ignorePiTags: true,
  captureMetaData: true,
  onDangerousProperty: (name) => name,
});

/**
 * Reads one XML document. No document type, and so no entities but XML's own five and character references.
 * @throws EngineError XML_SYNTAX with line and column
 */
export function parseXml(text: string): XmlElement {
  const doctype = text.indexOf('<!DOCTYPE');
  if (doctype >= 0)
    throw malformed('a document type declaration is not allowed', ...lineAndColumn(text, doctype));
  const verdict = XMLValidator.validate(text);
  if (verdict !== true) {
    const { msg, line, col } = verdict.err;
    throw malformed(msg, line, col ?? 1);
  }
  let nodes: XmlNode[];
  try {
    nodes = (parser.parse(text) as RawNode[]).map((raw) => toNode(raw, text));
  } catch (cause) {
    throw cause instanceof EngineError ? cause : malformed(String((cause as Error).message), 1, 1);
  }
  const outside = nodes.find((node) => typeof node === 'string' && node.trim() !== '');
  const tail = text.slice(text.lastIndexOf('>') + 1); // fast-xml-parser drops text at the end
  if (outside !== undefined || tail.trim() !== '') {
    const offset = text.lastIndexOf(typeof outside === 'string' ? outside : tail);
    throw malformed('there is text outside the root element', ...lineAndColumn(text, offset));
  }
  const roots = nodes.filter(isElement);
  if (roots.length !== 1) throw malformed(`one root element is expected, there are ${roots.length}`, 1, 1);
  return roots[0]!;
}

/**
 * XML text of an element, on one line unless its text nodes have line breaks; `parseXml` gives the same element back.
 * @throws EngineError XML_SYNTAX for a character that XML cannot hold
 */
export function formatXml(element: XmlElement): string {
  const attributes = Object.entries(element.attributes)
    .map(([name, value]) => ` ${name}="${escapeText(value, /[&<>"\t\n\r]/g)}"`)
    .join('');
  if (element.children.length === 0) return `<${element.name}${attributes}/>`;
  return `<${element.name}${attributes}>${element.children.map(formatNode).join('')}</${element.name}>`;
}

/** An element; attributes that are undefined and children that are undefined are left out. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number | undefined>> = {},
  children: readonly (XmlNode | undefined)[] = [],
): XmlElement {
  const given = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, String(value)] as const],
  );
  return {
    name,
    attributes: Object.fromEntries(given),
    children: children.filter((node) => node !== undefined),
  };
}

export const isElement = (node: XmlNode): node is XmlElement => typeof node === 'object' && 'name' in node;

/** Child elements in order; those of one name, if it is given. */
export function children(parent: XmlElement | undefined, name?: string): XmlElement[] {
  const elements = (parent?.children ?? []).filter(isElement);
  return name === undefined ? elements : elements.filter((node) => node.name === name);
}

/** First child element of a name. */
export function child(parent: XmlElement | undefined, name: string): XmlElement | undefined {
  for (const node of parent?.children ?? []) if (isElement(node) && node.name === name) return node;
  return undefined;
}

/** Value of an attribute, undefined when it is not there. */
export const attr = (of: XmlElement | undefined, name: string): string | undefined =>
  of !== undefined && Object.hasOwn(of.attributes, name) ? of.attributes[name] : undefined;

/** All text right inside an element, as written; undefined when there is no element. */
export const textOf = (of: XmlElement | undefined): string | undefined =>
  of?.children.filter((node) => typeof node === 'string').join('');

/** The element with other children. */
export const withChildren = (of: XmlElement, nodes: readonly XmlNode[]): XmlElement => ({
  ...of,
  children: nodes,
});

/** Where a tag starts in its text, or one of its attributes: line and column from 1; undefined for an element that was not parsed. */
export function positionIn(of: XmlElement, attribute?: string): XmlPosition | undefined {
  const place = places.get(of);
  if (place === undefined) return undefined;
  const { text, offset } = place;
  // Quoted values are skipped, so that what looks like an attribute in one is none
  const attributes = text.slice(offset).matchAll(/^<[^\s/>]+|([^\s=<>/"']+)\s*=\s*(?:"[^"]*"|'[^']*')|>/g);
  let found = 0;
  for (const match of attribute === undefined ? [] : attributes) {
    if (match[0] === '>') break;
    if (match[1] === attribute) found = match.index;
  }
  const [line, column] = lineAndColumn(text, offset + found);
  return { line, column };
}

export interface XmlPosition {
  readonly line: number;
  readonly column: number;
}

/** Not in the elements themselves: two that say the same are the same, wherever they stand. */
const places = new WeakMap<XmlElement, { readonly text: string; readonly offset: number }>();
const metadata = XMLParser.getMetaDataSymbol() as unknown as symbol;

/** fast-xml-parser's shape with preserveOrder: one key that is the name, attributes under `:@`. */
type RawNode = Readonly<Record<string | symbol, unknown>>;

function toNode(raw: RawNode, text: string): XmlNode {
  const name = Object.keys(raw).find((key) => key !== ':@')!;
  if (name === '#text') return decode(String(raw[name]), text);
  const content = raw[name] as RawNode[];
  if (name === '#cdata') return String(content[0]?.['#text'] ?? '');
  if (name === '#comment') return { comment: String(content[0]?.['#text'] ?? '') };
  const attributes = Object.entries((raw[':@'] ?? {}) as Record<string, string>).map(
    ([key, value]) => [key, decode(value.replaceAll(/[\t\n\r]/g, ' '), text)] as const,
  );
  const made = {
    name,
    attributes: Object.fromEntries(attributes),
    children: content.map((node) => toNode(node, text)),
  };
  const { startIndex } = (raw[metadata] ?? {}) as { startIndex?: number };
  if (startIndex !== undefined) places.set(made, { text, offset: startIndex });
  return made;
}

const named: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function decode(value: string, text: string): string {
  if (!value.includes('&')) return value;
  return value.replaceAll(/&([^;]*);?/g, (reference, name: string) => {
    const code = /^#(?:x([0-9a-fA-F]+)|([0-9]+))$/.exec(name);
    const decoded = code
      ? fromCodePoint(Number.parseInt(code[1] ?? code[2]!, code[1] ? 16 : 10))
      : Object.hasOwn(named, name)
        ? named[name]
        : undefined;
    if (decoded !== undefined && reference.endsWith(';')) return decoded;
    throw malformed(`${reference} is not known`, ...lineAndColumn(text, text.indexOf(reference)));
  });
}

function fromCodePoint(code: number): string | undefined {
  if (code > 0x10ffff) return undefined;
  const character = String.fromCodePoint(code);
  return forbidden.test(character) ? undefined : character;
}

function formatNode(node: XmlNode): string {
  if (typeof node === 'string') return escapeText(node, /[&<>\r]/g);
  if (isElement(node)) return formatXml(node);
  return `<!--${node.comment}-->`;
}

/** What XML 1.0 cannot hold, not even as a character reference. */
const forbidden = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]|\p{Surrogate}/u;

function escapeText(value: string, special: RegExp): string {
  const bad = forbidden.exec(value)?.[0];
  if (bad !== undefined) {
    const code = bad.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
    throw new EngineError(
      'XML_SYNTAX',
      `XML cannot hold the character U+${code} in ${JSON.stringify(value)}`,
    );
  }
  return value.replaceAll(special, (character) => {
    const name = Object.keys(named).find((key) => named[key] === character);
    return name === undefined ? `&#${character.charCodeAt(0)};` : `&${name};`;
  });
}

function lineAndColumn(text: string, offset: number): [number, number] {
  const before = text.slice(0, Math.max(0, offset)).split('\n');
  return [before.length, before.at(-1)!.length + 1];
}

const malformed = (message: string, line: number, column: number): EngineError =>
  new EngineError('XML_SYNTAX', `XML, line ${line}, column ${column}: ${message}`, {
    hint: 'XML must be well-formed: tags closed, attribute values quoted, & and < written as &amp; and &lt;',
  });
