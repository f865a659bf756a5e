import { beginMarker, endMarker } from './framing.ts';

/** Cuts the output of one request out of a stream: what lies between its two markers. */
export class Capture {
  /** The word after the end marker, once that was seen */
  end: string | undefined;
  overflow = false;

  readonly #begin: Buffer;
  readonly #end: Buffer;
  readonly #limit: number;
  readonly #chunks: Buffer[] = [];
  #size = 0;
  #begun = false;
  /** Not searched to its end yet: may hold the first part of a marker */
  #rest: Buffer = Buffer.alloc(0);

  constructor(nonce: string, number: number, limit: number) {
    this.#begin = Buffer.from(beginMarker(nonce, number));
    this.#end = Buffer.from(endMarker(nonce, number));
    this.#limit = limit;
  }

  push(chunk: Buffer): void {
    if (this.end !== undefined) return;
    let text = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    if (!this.#begun) {
      const at = text.indexOf(this.#begin);
      if (at < 0) {
        this.#rest = text.subarray(Math.max(0, text.length - this.#begin.length));
        return;
      }
      this.#begun = true;
      text = text.subarray(at + this.#begin.length);
    }
    const at = text.indexOf(this.#end);
    if (at < 0) {
      const settled = Math.max(0, text.length - this.#end.length);
      this.#keep(text.subarray(0, settled));
      this.#rest = text.subarray(settled);
      return;
    }
    const newline = text.indexOf(0x0a, at);
    if (newline < 0) {
      this.#rest = text;
      return;
    }
    this.#keep(text.subarray(0, at));
    this.end = text.toString('latin1', at + this.#end.length, newline);
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }

  #keep(chunk: Buffer): void {
    this.#size += chunk.length;
    if (this.#size > this.#limit) {
      this.overflow = true;
      this.#chunks.length = 0;
    } else if (chunk.length > 0) {
      this.#chunks.push(chunk);
    }
  }
}
