import type { StoredXml } from '../state.ts';
import { type NicField, nicFields, readField, writeField, hasField } from './nic-fields.ts';
import type { Nic, NicFields } from './nic.ts';
import { element, formatXml, type XmlElement } from './xml.ts';

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

/**
 * The NIC with what is wanted in it. Only fields that differ are touched, so that address, boot order, alias, ROM and
 * elements unknown to us stay: libvirt's update is a full replacement (LIBVIRT.md 3.5).
 */
export function editNic(before: XmlElement, want: NicFields): XmlElement {
  return wantedFields(want).reduce(
    (xml, field) =>
      hasField({ [field]: readField(xml, field) }, field, want[field]!)
        ? xml
        : writeField(xml, field, want[field]!),
    before,
  );
}

/** A NIC from nothing. */
export const newNic = (want: NicFields): XmlElement =>
  wantedFields(want).reduce((xml, field) => writeField(xml, field, want[field]!), element('interface'));

/** The fields that are given, in the order they must be written. */
export const wantedFields = (want: NicFields): readonly NicField[] =>
  (Object.keys(want) as NicField[])
    .filter((field) => want[field] !== undefined && order.has(field))
    .sort((a, b) => order.get(a)! - order.get(b)!);

const order: ReadonlyMap<NicField, number> = new Map(nicFields.map((field, index) => [field, index]));
