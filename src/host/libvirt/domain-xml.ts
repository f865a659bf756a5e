/**
 * What a guest's definition says of its NICs. Of the text as libvirt indents it only the sections that are asked for are
 * parsed: a host has hundreds of guests, and their controllers and disks take most of the time.
 */
import type { StoredXml } from '../state.ts';
import { storeNic } from './nic-xml.ts';
import type { Nic } from './nic.ts';
import { child, children, parseXml } from './xml.ts';

/** NICs of a `<domain>` document, in order; of an empty text, none. */
export function domainNics(text: string): readonly StoredXml<Nic>[] {
  if (text === '') return [];
  const nics = nicsOf(sectionOf(text, 'devices'));
  const devices = nics === undefined ? child(parseXml(text), 'devices') : parseXml(nics);
  return children(devices, 'interface').map(storeNic);
}

/** Whether a `<domain>` document has `<boot>` in its `<os>`, and so takes no boot order at a device. */
export function bootsByOs(text: string): boolean {
  const section = sectionOf(text, 'os');
  const os = section === undefined ? child(parseXml(text), 'os') : parseXml(section);
  return child(os, 'boot') !== undefined;
}

/** The section's NICs in an element of their own; undefined where it is not indented as libvirt does. */
function nicsOf(devices: string | undefined): string | undefined {
  if (devices === undefined) return undefined;
  const nics = devices.match(/^ {4}<interface[ >][\s\S]*?^ {4}<\/interface>$/gm) ?? [];
  // `<interface` stands nowhere else: text and attributes have it escaped
  return devices.split('<interface').length - 1 === nics.length
    ? `<devices>\n${nics.join('\n')}\n</devices>`
    : undefined;
}

/**
 * A section right in the domain, as libvirt indents it. The last one: what a person puts in `<metadata>` stands before
 * them, and only elements of QEMU's own namespace after.
 */
function sectionOf(text: string, name: 'devices' | 'os'): string | undefined {
  const start = Math.max(text.lastIndexOf(`\n  <${name}>`), text.lastIndexOf(`\n  <${name} `));
  const close = `\n  </${name}>`;
  const end = text.indexOf(close, start);
  return start < 0 || end < 0 ? undefined : text.slice(start, end + close.length).trim();
}
