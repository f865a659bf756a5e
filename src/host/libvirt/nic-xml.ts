import type { StoredXml } from '../state.ts';
import { type NicField, nicFields, readField, writeField, hasField } from './nic-fields.ts';
import type { Nic, NicFields } from './nic.ts';
import { children, child, element, formatXml, parseXml, type XmlElement } from './xml.ts';

/** Meaning of one `<interface>`. What has no parameter (unknown elements, other address types) stays in its XML only. */
export function readNic(xml: XmlElement): Nic {
  const fields = nicFields.flatMap((field) => {
    const value = readField(xml, field);
    return value === undefined ? [] : [[field, value] as const];
  });
  return { mac: '', type: 'user', ...Object.fromEntries(fields) };
}

export function storeNic(xml: XmlElement): StoredXml<Nic> {
  const text = formatXml(xml);
  // Cut from a guest's definition, it has the indentation it had there
  const indent = /\n([ \t]+)<\/interface>$/.exec(text)?.[1];
  return { xml: indent ? text.replaceAll(`\n${indent}`, '\n') : text, model: readNic(xml) };
}

/** NICs of a `<domain>` document, in order; of an empty text, none. Nothing else of it is looked at. */
export function domainNics(text: string): readonly StoredXml<Nic>[] {
  if (text === '') return [];
  const root = parseXml(devicesOf(text));
  return children(root.name === 'devices' ? root : child(root, 'devices'), 'interface').map(storeNic);
}

/**
 * The devices as libvirt indents them, cut out since the rest of a definition takes half the time. What a person puts in
 * `<metadata>` stands before them, and only elements of QEMU's own namespace after.
 */
function devicesOf(text: string): string {
  const [open, close] = ['\n  <devices>', '\n  </devices>'];
  const start = text.lastIndexOf(open);
  const end = text.indexOf(close, start);
  return start < 0 || end < 0 ? text : text.slice(start, end + close.length).trim();
}

/**
 * The NIC with what is wanted in it. Only fields that differ are touched, so that address, boot order, alias, ROM and
 * elements unknown to us stay: libvirt's update is a full replacement (LIBVIRT.md 3.5).
 */
export function editNic(before: XmlElement, want: NicFields): XmlElement {
  return wantedFields(want).reduce(
    (xml, field) =>
      hasField(readNic(xml), field, want[field]!) ? xml : writeField(xml, field, want[field]!),
    before,
  );
}

/** A NIC from nothing. */
export const newNic = (want: NicFields): XmlElement =>
  wantedFields(want).reduce((xml, field) => writeField(xml, field, want[field]!), element('interface'));

/** The fields that are given, in the order they must be written. */
export const wantedFields = (want: NicFields): readonly NicField[] =>
  nicFields.filter((field) => want[field] !== undefined);
