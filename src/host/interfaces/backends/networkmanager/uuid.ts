import { createHash } from 'node:crypto';

/** Of our own, so that no other program derives the same ones. */
const NAMESPACE = Buffer.from('8f0f8c0f1a5b4c0e9d5e77697265626b', 'hex');

/** UUID of the definition of an interface that states none: the same on every run (RFC 9562, version 5). */
export function derivedUuid(name: string): string {
  const bytes = createHash('sha1').update(NAMESPACE).update(name).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x50;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

export const uuidOf = ({ name, uuid }: { readonly name: string; readonly uuid?: string }): string =>
  uuid ?? derivedUuid(name);
