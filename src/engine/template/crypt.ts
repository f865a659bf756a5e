/** The SHA-crypt of glibc (https://www.akkadia.org/drepper/SHA-crypt.txt), for `password_hash`. */
import { createHash } from 'node:crypto';

const ALPHABET = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Bytes of the digest in the order in which they are printed, three at a time. */
const ORDER = {
  sha256: '0 10 20,21 1 11,12 22 2,3 13 23,24 4 14,15 25 5,6 16 26,27 7 17,18 28 8,9 19 29,31 30',
  sha512:
    '0 21 42,22 43 1,44 2 23,3 24 45,25 46 4,47 5 26,6 27 48,28 49 7,50 8 29,9 30 51,31 52 10,53 11 32,12 33 54,34 55 13,56 14 35,15 36 57,37 58 16,59 17 38,18 39 60,40 61 19,62 20 41,63',
};

export function shaCrypt(
  algorithm: 'sha256' | 'sha512',
  password: string,
  salt: string,
  rounds: number,
): string {
  const key = Buffer.from(password);
  const saltBytes = Buffer.from(salt.slice(0, 16));
  const digest = (...parts: Buffer[]) => createHash(algorithm).update(Buffer.concat(parts)).digest();
  const stretch = (bytes: Buffer, length: number) =>
    Buffer.concat(Array.from({ length: Math.ceil(length / bytes.length) }, () => bytes)).subarray(0, length);
  const b = digest(key, saltBytes, key);
  const mixed = [key, saltBytes, stretch(b, key.length)];
  for (let bits = key.length; bits > 0; bits >>= 1) mixed.push(bits & 1 ? b : key);
  const a = digest(...mixed);
  const p = stretch(digest(...Array.from({ length: key.length }, () => key)), key.length);
  const s = stretch(digest(...Array.from({ length: 16 + a[0]! }, () => saltBytes)), saltBytes.length);
  let c = a;
  for (let round = 0; round < rounds; round++) {
    const odd = round % 2 === 1;
    c = digest(odd ? p : c, round % 3 ? s : Buffer.alloc(0), round % 7 ? p : Buffer.alloc(0), odd ? c : p);
  }
  const id = algorithm === 'sha512' ? '6' : '5';
  const spec = rounds === 5000 ? '' : `rounds=${rounds}$`;
  return `$${id}$${spec}${saltBytes.toString()}$${encode(c, ORDER[algorithm])}`;
}

function encode(digest: Buffer, order: string): string {
  return order
    .split(',')
    .map((group) => {
      const indexes = group.split(' ').map(Number);
      let value = indexes.reduce((total, index) => (total << 8) | digest[index]!, 0);
      let text = '';
      for (let digit = 0; digit <= indexes.length; digit++, value >>= 6) text += ALPHABET[value & 63];
      return text;
    })
    .join('');
}
