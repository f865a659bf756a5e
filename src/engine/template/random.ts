/** Python's random.Random (Mersenne Twister), so that a seed gives what it gives in Ansible. */
import { createHash, randomBytes } from 'node:crypto';

const SIZE = 624;
const MIDDLE = 397;

export class Random {
  readonly #state = new Uint32Array(SIZE);
  #index = SIZE;

  /** Without a seed: a random one */
  constructor(seed?: string | number | bigint) {
    const value = seed === undefined ? BigInt(`0x${randomBytes(32).toString('hex')}`) : seedNumber(seed);
    const key: number[] = [];
    for (let rest = value; rest > 0n; rest >>= 32n) key.push(Number(rest & 0xffffffffn));
    this.#initialise(key.length > 0 ? key : [0]);
  }

  #initialise(key: readonly number[]): void {
    const s = this.#state;
    s[0] = 19650218;
    for (let i = 1; i < SIZE; i++) s[i] = Math.imul(1812433253, s[i - 1]! ^ (s[i - 1]! >>> 30)) + i;
    let i = 1;
    const advance = () => {
      i++;
      if (i >= SIZE) {
        s[0] = s[SIZE - 1]!;
        i = 1;
      }
    };
    for (let k = 0, j = 0; k < Math.max(SIZE, key.length); k++, j = (j + 1) % key.length) {
      s[i] = (s[i]! ^ Math.imul(s[i - 1]! ^ (s[i - 1]! >>> 30), 1664525)) + key[j]! + j;
      advance();
    }
    for (let k = 1; k < SIZE; k++) {
      s[i] = (s[i]! ^ Math.imul(s[i - 1]! ^ (s[i - 1]! >>> 30), 1566083941)) - i;
      advance();
    }
    s[0] = 0x80000000;
  }

  #next(): number {
    const s = this.#state;
    if (this.#index >= SIZE) {
      for (let k = 0; k < SIZE; k++) {
        const y = (s[k]! & 0x80000000) | (s[(k + 1) % SIZE]! & 0x7fffffff);
        s[k] = s[(k + MIDDLE) % SIZE]! ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
      }
      this.#index = 0;
    }
    let y = s[this.#index++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  /** An integer from 0 up to, not including, `limit` (at most 2^32) */
  below(limit: number): number {
    const bits = Math.floor(Math.log2(limit)) + 1;
    for (;;) {
      const value = bits > 32 ? this.#next() : this.#next() >>> (32 - bits);
      if (value < limit) return value;
    }
  }
}

function seedNumber(seed: string | number | bigint): bigint {
  if (typeof seed !== 'string') return BigInt(seed) < 0n ? -BigInt(seed) : BigInt(seed);
  const bytes = Buffer.from(seed);
  return BigInt(`0x${Buffer.concat([bytes, createHash('sha512').update(bytes).digest()]).toString('hex')}`);
}
