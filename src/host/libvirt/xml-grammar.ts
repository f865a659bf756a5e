/** What an XML document may hold, as rules; libvirt would drop or refuse what does not fit them. */
import { attr, children, positionIn, textOf, type XmlElement, type XmlPosition } from './xml.ts';

export interface XmlProblem extends XmlPosition {
  readonly message: string;
}

/** What is needed instead of a text; undefined when the text will do. */
export type Check = (text: string) => string | undefined;

export interface ElementRule {
  readonly attributes?: Readonly<Record<string, Check>>;
  /** Attributes that must be there */
  readonly required?: readonly string[];
  readonly children?: Readonly<Record<string, ChildRule>>;
  /** The text it holds; without it there can be none */
  readonly text?: Check;
  /** Holds what others put there, which is not looked at */
  readonly foreign?: true;
}

export interface ChildRule {
  readonly rule: ElementRule | ((xml: XmlElement) => ElementRule);
  readonly min?: number;
  /** Default 1 */
  readonly max?: number;
}

export const oneOf =
  (...values: readonly string[]): Check =>
  (text) =>
    values.includes(text) ? undefined : values.length === 1 ? values[0] : `one of ${values.join(', ')}`;

export const matches =
  (pattern: RegExp, needed: string): Check =>
  (text) =>
    pattern.test(text) ? undefined : needed;

export const number =
  (max: number): Check =>
  (text) =>
    /^\d+$/.test(text) && Number(text) <= max ? undefined : `a whole number from 0 to ${max}`;

/** Everything in an element that does not fit its rule. `where`: said after its name */
export function problemsOf(xml: XmlElement, given: ChildRule['rule'], where: string): XmlProblem[] {
  const rule = typeof given === 'function' ? given(xml) : given;
  const { attributes = {}, required = [], children: allowed = {}, text: content, foreign } = rule;
  if (foreign) return [];
  const type = xml.name === 'interface' ? attr(xml, 'type') : undefined;
  const self = type === undefined ? `<${xml.name}>` : `<${xml.name} type="${type}">`;
  const problems: XmlProblem[] = [];
  for (const [name, text] of Object.entries(xml.attributes)) {
    const needed = Object.hasOwn(attributes, name) ? attributes[name]!(text) : undefined;
    if (!Object.hasOwn(attributes, name)) {
      problems.push(problemAt(xml, `${self}${where} has no attribute ${name}`, name));
    } else if (needed !== undefined) {
      const found = JSON.stringify(text);
      problems.push(problemAt(xml, `${name} of <${xml.name}>${where} is ${found}, not ${needed}`, name));
      // What is in an interface of a wrong type was meant for that type
      if (name === 'type') return problems;
    }
  }
  for (const name of required) {
    if (attr(xml, name) === undefined)
      problems.push(problemAt(xml, `${self}${where} lacks its attribute ${name}`));
  }
  if (xml.name === 'interface' && required.includes('type') && type === undefined) return problems;
  if (content !== undefined) {
    const needed = content(textOf(xml) ?? '');
    if (needed !== undefined) {
      problems.push(problemAt(xml, `${self}${where} is ${JSON.stringify(textOf(xml))}, not ${needed}`));
    }
  } else if (xml.children.some((node) => typeof node === 'string' && node.trim() !== '')) {
    problems.push(problemAt(xml, `${self}${where} holds no text`));
  }
  for (const [name, { min = 0, max = 1 }] of Object.entries(allowed)) {
    const found = children(xml, name);
    if (found.length < min) problems.push(problemAt(xml, `${self}${where} lacks its <${name}>`));
    const extra = found[max];
    if (extra) problems.push(problemAt(extra, `${self}${where} has <${name}> more than once`));
  }
  for (const node of children(xml)) {
    const child = Object.hasOwn(allowed, node.name) ? allowed[node.name] : undefined;
    if (child) problems.push(...problemsOf(node, child.rule, ` in ${self}`));
    else problems.push(problemAt(node, `${self}${where} has no <${node.name}>`));
  }
  return problems;
}

export const problemAt = (xml: XmlElement, message: string, attribute?: string): XmlProblem => ({
  message,
  ...(positionIn(xml, attribute) ?? { line: 1, column: 1 }),
});
