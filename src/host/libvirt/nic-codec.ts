/** How one parameter of a NIC stands in its `<interface>`. */
import { isDeepStrictEqual } from 'node:util';
import { attr, child, isElement, withChildren, type XmlElement } from './xml.ts';

export interface Codec<T> {
  read(nic: XmlElement): T | undefined;
  /** The NIC with the wanted value in it, and all else as it was */
  write(nic: XmlElement, want: T): XmlElement;
  /** Whether the NIC has what is wanted; equality when left out. `have` is undefined where the NIC says nothing */
  same?(have: T | undefined, want: T): boolean;
}

/** The NIC with a child of that name replaced, added, or with `undefined` removed. */
export function setChild(nic: XmlElement, name: string, next: XmlElement | undefined): XmlElement {
  const index = nic.children.findIndex((node) => isElement(node) && node.name === name);
  if (index < 0) return next === undefined ? nic : withChildren(nic, [...nic.children, next]);
  return withChildren(
    nic,
    nic.children.flatMap((node, at) => (at !== index ? [node] : next === undefined ? [] : [next])),
  );
}

/** The NIC with an attribute of one of its children set, or with `undefined` removed; a child without any goes too. */
export function setAttribute(
  nic: XmlElement,
  name: string,
  key: string,
  value: string | undefined,
): XmlElement {
  const before = child(nic, name);
  const { [key]: _, ...others } = before?.attributes ?? {};
  const attributes = value === undefined ? others : { ...others, [key]: value };
  const children = before?.children ?? [];
  const isEmpty = Object.keys(attributes).length === 0 && !children.some(isElement);
  return setChild(nic, name, isEmpty && value === undefined ? undefined : { name, attributes, children });
}

export const text = <T extends string>(name: string, key: string): Codec<T> => ({
  read: (nic) => attr(child(nic, name), key) as T | undefined,
  write: (nic, want) => setAttribute(nic, name, key, want),
});

/** A text that '' removes. */
export const optionalText = (name: string, key: string): Codec<string> => ({
  ...text(name, key),
  write: (nic, want) => setAttribute(nic, name, key, want === '' ? undefined : want),
  same: (have, want) => (have ?? '') === want,
});

export const number = (name: string, key: string): Codec<number> => ({
  read: (nic) => readNumber(attr(child(nic, name), key)),
  write: (nic, want) => setAttribute(nic, name, key, String(want)),
});

/** A `yes` or `no`, and what its absence means. */
export const flag = (name: string, key: string, absent: boolean): Codec<boolean> => ({
  read: (nic) => readYes(attr(child(nic, name), key)),
  write: (nic, want) => setAttribute(nic, name, key, yesNo(want)),
  same: (have, want) => (have ?? absent) === want,
});

export const readNumber = (value: string | undefined): number | undefined =>
  value === undefined ? undefined : Number(value);

export const readYes = (value: string | undefined): boolean | undefined =>
  value === undefined ? undefined : value === 'yes';

export const yesNo = (value: boolean): string => (value ? 'yes' : 'no');

/** Without what is undefined; undefined when nothing is left. */
export function given<T extends object>(fields: T): { [K in keyof T]: NonNullable<T[K]> } | undefined {
  const kept = Object.entries(fields).filter(([, value]) => value !== undefined);
  return kept.length === 0 ? undefined : (Object.fromEntries(kept) as never);
}

/** Whether every member that is wanted is there; members that are not given are left alone. */
export function sameMembers(
  have: Readonly<Record<string, unknown>>,
  want: Readonly<Record<string, unknown>>,
): boolean {
  return Object.entries(want).every(([key, value]) =>
    value !== null && typeof value === 'object'
      ? sameMembers((have[key] ?? {}) as Record<string, unknown>, value as Record<string, unknown>)
      : isDeepStrictEqual(have[key], value),
  );
}
