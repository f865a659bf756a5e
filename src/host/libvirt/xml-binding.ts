/** Where a value of the model stands in an XML tree: read from there, and written there with all else left as it was. */
import { isDeepStrictEqual } from 'node:util';
import { attr, child, children, element, isElement, textOf, withChildren, type XmlElement } from './xml.ts';

/** A value and its place below an element. Writing what is read already changes nothing. */
export interface Binding {
  read(at: XmlElement): unknown;
  /** `undefined` removes. `whole`: the value is complete, so that what it lacks is removed; else that is left alone */
  write(at: XmlElement, value: unknown, whole: boolean): XmlElement;
}

/** Text of an attribute and its value. What parses to undefined counts as not there. */
export interface Codec<T> {
  parse(text: string): T | undefined;
  format(value: T): string;
}

export const plain: Codec<string> = { parse: (text) => text, format: (value) => value };
export const integer: Codec<number> = { parse: Number, format: String };
export const yesNo: Codec<boolean> = {
  parse: (text) => text === 'yes',
  format: (value) => (value ? 'yes' : 'no'),
};
export const lowerCase: Codec<string> = { parse: (text) => text.toLowerCase(), format: (value) => value };

/** An attribute, and what its absence means. */
export function attribute<T>(name: string, codec: Codec<T>, absent?: T): Binding {
  const read = (at: XmlElement): T | undefined => {
    const text = attr(at, name);
    return text === undefined ? absent : codec.parse(text);
  };
  return {
    read,
    write(at, value) {
      if (value === undefined) return setAttribute(at, name, undefined);
      const text = codec.format(value as T);
      return isDeepStrictEqual(codec.parse(text), read(at)) ? at : setAttribute(at, name, text);
    },
  };
}

/** The text of the element itself. */
export const content: Binding = {
  read: (at) => textOf(at),
  write: (at, value) => (textOf(at) === value ? at : withChildren(at, [String(value)])),
};

/** Several bindings at one element, as an object. */
export function record(fields: Readonly<Record<string, Binding>>): Binding {
  return {
    read(at) {
      const entries = Object.entries(fields).map(([name, field]) => [name, field.read(at)] as const);
      const given = entries.filter(([, value]) => value !== undefined);
      return given.length === 0 ? undefined : Object.fromEntries(given);
    },
    write(at, value, whole) {
      const given = value as Readonly<Record<string, unknown>>;
      let result = at;
      for (const [name, field] of Object.entries(fields)) {
        if (given[name] !== undefined || whole) result = field.write(result, given[name], whole);
      }
      return result;
    },
  };
}

/** A binding at a child element, of which there is one at most. */
export function section(name: string, inner: Binding): Binding {
  return {
    read: (at) => inner.read(child(at, name) ?? element(name)),
    write(at, value, whole) {
      if (value === undefined) return setChildren(at, name, []);
      const before = child(at, name) ?? element(name);
      const after = inner.write(before, value, whole);
      return after === before ? at : setChildren(at, name, [after]);
    },
  };
}

/** A child element as a function reads it and another makes it. */
export function custom<T>(
  name: string,
  read: (xml: XmlElement | undefined) => T | undefined,
  make: (value: T, before: T | undefined) => XmlElement | undefined,
): Binding {
  return {
    read: (at) => read(child(at, name)),
    write(at, value, whole) {
      const before = read(child(at, name));
      const made = value === undefined ? undefined : make(value as T, whole ? undefined : before);
      if (isDeepStrictEqual(read(made), before)) return at;
      return setChildren(at, name, made === undefined ? [] : [made]);
    },
  };
}

/**
 * All child elements of a name, as a list that is managed whole. An item keeps the element with the same `key`,
 * and with it what the model does not know. `sorted`: the order means nothing, the list is read in the order of its keys.
 */
export function list(
  name: string,
  item: Binding,
  options: { readonly key: (item: never) => string; readonly sorted?: boolean },
): Binding {
  const key = options.key as (item: unknown) => string;
  const read = (at: XmlElement): unknown[] => {
    const items = children(at, name).map((node) => item.read(node));
    return options.sorted ? items.toSorted((a, b) => compareText(key(a), key(b))) : items;
  };
  return {
    read(at) {
      const items = read(at);
      return items.length === 0 ? undefined : items;
    },
    write(at, value) {
      const left = children(at, name);
      const written = ((value ?? []) as unknown[]).map((wanted) => {
        const fresh = item.write(element(name), wanted, true);
        const index = left.findIndex((node) => key(item.read(node)) === key(item.read(fresh)));
        return index < 0 ? fresh : item.write(left.splice(index, 1)[0]!, wanted, true);
      });
      const next = setChildren(at, name, written);
      return isDeepStrictEqual(read(next), read(at)) ? at : next;
    },
  };
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The element with other attributes: one set, or with undefined removed. */
export function setAttribute(at: XmlElement, name: string, value: string | undefined): XmlElement {
  const { [name]: _, ...others } = at.attributes;
  return { ...at, attributes: value === undefined ? others : { ...at.attributes, [name]: value } };
}

/** The element with its children of one name replaced, where the first of them was, else at the end. */
export function setChildren(at: XmlElement, name: string, nodes: readonly XmlElement[]): XmlElement {
  const isOne = (node: XmlElement['children'][number]): boolean => isElement(node) && node.name === name;
  const first = at.children.findIndex(isOne);
  const index = first < 0 ? at.children.length : first;
  const others = at.children.filter((node) => !isOne(node));
  return withChildren(at, [...others.slice(0, index), ...nodes, ...others.slice(index)]);
}
