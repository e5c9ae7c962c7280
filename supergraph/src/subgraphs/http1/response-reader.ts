import { chunkedLength, readHead, type ResponseHead, untilClosedLength } from './response-head.ts';

/** A whole response. */
export interface RawResponse {
  readonly head: ResponseHead;
  readonly body: Buffer;
  /** False when the bytes of the body are overwritten once the caller returns: copy what is to be kept. */
  readonly isOwned: boolean;
}

const maxHeadBytes = 16_384;
const headEnd = Buffer.from('\r\n\r\n');
const lineEnd = Buffer.from('\r\n');
const empty = Buffer.alloc(0);

/**
 * Reads one response after the other from the bytes of a connection, however they are cut. Interim responses (1xx) are passed
 * over. Source: RFC 9112
 */
export class ResponseReader {
  readonly #maxBodyBytes: number;
  /** Bytes that wait for more of their kind: of the head, or of a chunk's first line. */
  #rest: Buffer = empty;
  #head: ResponseHead | null = null;
  #parts: Buffer[] = [];
  #bodyBytes = 0;
  /** What is missing of the body or of the chunk, with the line end behind a chunk. */
  #missing = 0;
  #chunkState: 'size' | 'data' | 'trailers' = 'size';

  constructor({ maxBodyBytes }: { readonly maxBodyBytes: number }) {
    this.#maxBodyBytes = maxBodyBytes;
  }

  /**
   * Takes the next bytes. Returns the response that they complete, null when more must come. The bytes may be overwritten afterwards.
   * @throws Error when they are no response, or go on after its end
   */
  read(bytes: Buffer): RawResponse | null {
    if (this.#head) return this.#readBody(this.#head, bytes);
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const end = all.indexOf(headEnd);
    if (end > maxHeadBytes || (end < 0 && all.length > maxHeadBytes)) throw new Error('its head is too long');
    if (end < 0) {
      this.#rest = Buffer.from(all);
      return null;
    }
    this.#rest = empty;
    const head = readHead(all.toString('latin1', 0, end));
    const after = all.subarray(end + 4);
    if (head.status < 200) {
      if (head.status === 101) throw new Error('it wants to speak another protocol');
      return after.length > 0 ? this.read(after) : null;
    }
    if (head.length === after.length) return { head, body: after, isOwned: false };
    if (head.length > this.#maxBodyBytes) throw tooLong();
    this.#head = head;
    this.#missing = Math.max(0, head.length);
    return this.#readBody(head, after);
  }

  /** The connection was closed by the other side. Returns the response that ends with it. @throws Error when something is missing */
  end(): RawResponse | null {
    const head = this.#head;
    if (head?.length === untilClosedLength) return this.#finish(head);
    if (head || this.#rest.length > 0) throw new Error('it closed the connection before its answer had ended');
    return null;
  }

  #readBody(head: ResponseHead, bytes: Buffer): RawResponse | null {
    if (head.length === chunkedLength) return this.#readChunks(head, bytes);
    if (head.length !== untilClosedLength) {
      if (bytes.length > this.#missing) throw tooMuch();
      this.#missing -= bytes.length;
    }
    this.#keep(bytes);
    return head.length !== untilClosedLength && this.#missing === 0 ? this.#finish(head) : null;
  }

  #readChunks(head: ResponseHead, bytes: Buffer): RawResponse | null {
    let left = bytes;
    while (left.length > 0) {
      if (this.#chunkState === 'data') {
        left = this.#readChunk(left);
        continue;
      }
      const line = this.#takeLine(left);
      if (!line) return null;
      left = line.left;
      if (this.#chunkState === 'size') this.#beginChunk(line.text);
      else if (line.text === '') return this.#endChunks(head, left);
    }
    return null;
  }

  #endChunks(head: ResponseHead, left: Buffer): RawResponse {
    if (left.length > 0) throw tooMuch();
    return this.#finish(head);
  }

  #readChunk(bytes: Buffer): Buffer {
    const dataLeft = this.#missing - 2;
    const taken = Math.min(bytes.length, this.#missing);
    if (dataLeft > 0) this.#keep(bytes.subarray(0, Math.min(taken, dataLeft)));
    for (let at = Math.max(0, dataLeft); at < taken; at++) {
      if (bytes[at] !== (at - dataLeft === 0 ? 13 : 10))
        throw new Error('a chunk of its body has another length than it says');
    }
    this.#missing -= taken;
    if (this.#missing === 0) this.#chunkState = 'size';
    return bytes.subarray(taken);
  }

  #beginChunk(line: string): void {
    const size = /^([0-9a-f]{1,8})[ \t]*(?:;.*)?$/i.exec(line);
    if (!size) throw new Error('it sent a chunk without its length');
    const length = Number.parseInt(size[1] ?? '', 16);
    if (this.#bodyBytes + length > this.#maxBodyBytes) throw tooLong();
    this.#missing = length + 2;
    this.#chunkState = length === 0 ? 'trailers' : 'data';
  }

  /** Null when the line has not ended yet. */
  #takeLine(bytes: Buffer): { readonly text: string; readonly left: Buffer } | null {
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const end = all.indexOf(lineEnd);
    if (end > maxHeadBytes || (end < 0 && all.length > maxHeadBytes)) throw new Error('a line of its body is too long');
    this.#rest = end < 0 ? Buffer.from(all) : empty;
    return end < 0 ? null : { text: all.toString('latin1', 0, end), left: all.subarray(end + 2) };
  }

  #keep(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#bodyBytes += bytes.length;
    if (this.#bodyBytes > this.#maxBodyBytes) throw tooLong();
    this.#parts.push(Buffer.from(bytes));
  }

  #finish(head: ResponseHead): RawResponse {
    const [only = empty] = this.#parts;
    const body = this.#parts.length > 1 ? Buffer.concat(this.#parts) : only;
    this.#head = null;
    this.#parts = [];
    this.#bodyBytes = 0;
    this.#chunkState = 'size';
    return { head, body, isOwned: true };
  }
}

function tooMuch(): Error {
  return new Error('it sent more than its answer');
}

function tooLong(): Error {
  return new Error('its answer is too long');
}
