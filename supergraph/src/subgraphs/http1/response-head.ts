/** What of a response's head decides how it is read. Source: RFC 9112 */
export interface ResponseHead {
  readonly status: number;
  /** All of the head, for whoever looks a header up. */
  readonly text: string;
  /** Bytes; -1 when the body comes in chunks, -2 when it ends with the connection. */
  readonly length: number;
  /** True when another request may go over the connection after this response. */
  readonly staysOpen: boolean;
  /** For how long the server keeps an idle connection; undefined when it does not say. */
  readonly keepAliveMs: number | undefined;
}

/** A body in chunks: RFC 9112, section 7.1. */
export const chunkedLength = -1;
/** A body that ends with the connection: RFC 9112, section 6.3, rule 8. */
export const untilClosedLength = -2;

const statusLine = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: |$)/;
const fieldName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const digits = /^\d{1,15}$/;

/**
 * Reads the head of a response: the text before the empty line. Whatever could be read in two ways is refused, as a proxy should.
 * @throws Error when it is not HTTP/1.1, or not to be trusted
 */
export function readHead(text: string): ResponseHead {
  const firstEnd = text.indexOf('\r\n');
  const match = statusLine.exec(firstEnd < 0 ? text : text.slice(0, firstEnd));
  if (!match) throw new Error('it does not speak HTTP/1.1');
  const status = Number(match[2]);
  const framing = readFraming(text, firstEnd);
  return {
    status,
    text,
    length: status < 200 || status === 204 || status === 304 ? 0 : framing.length,
    staysOpen: framing.staysOpen ?? match[1] === '1',
    keepAliveMs: framing.keepAliveMs,
  };
}

/** The value of a header of a head, its lines joined by commas; undefined when it has none. `name` is in lower case. */
export function headerOf({ text }: Pick<ResponseHead, 'text'>, name: string): string | undefined {
  let found: string | undefined;
  for (let at = text.indexOf('\r\n'); at >= 0; at = text.indexOf('\r\n', at + 2)) {
    const colon = at + 2 + name.length;
    if (text.charCodeAt(colon) !== 58 || text.slice(at + 2, colon).toLowerCase() !== name) continue;
    const end = text.indexOf('\r\n', colon);
    const value = text.slice(colon + 1, end < 0 ? text.length : end).trim();
    found = found === undefined ? value : `${found}, ${value}`;
  }
  return found;
}

interface Framing {
  length: number;
  staysOpen: boolean | undefined;
  keepAliveMs: number | undefined;
}

function readFraming(text: string, firstEnd: number): Framing {
  const framing: Framing = { length: untilClosedLength, staysOpen: undefined, keepAliveMs: undefined };
  for (let at = firstEnd; at >= 0;) {
    const start = at + 2;
    at = text.indexOf('\r\n', start);
    const colon = text.indexOf(':', start);
    if (colon <= start || (at >= 0 && colon > at)) throw new Error('it sent a header that is none');
    const first = text.charCodeAt(start) | 32;
    // Of all headers those that begin with c, k or t matter here.
    if (first !== 99 && first !== 107 && first !== 116) {
      if (first === 32 || first === 41) throw new Error('it folded a header');
      continue;
    }
    const name = text.slice(start, colon);
    if (!fieldName.test(name)) throw new Error('it sent a header that is none');
    apply(framing, name.toLowerCase(), text.slice(colon + 1, at < 0 ? text.length : at).trim());
  }
  return framing;
}

function apply(framing: Framing, name: string, value: string): void {
  switch (name) {
    case 'content-length':
      if (!digits.test(value)) throw new Error('it sent a content-length that is none');
      if (framing.length !== untilClosedLength) throw new Error('it said twice how long its body is');
      framing.length = Number(value);
      break;
    case 'transfer-encoding':
      if (value.toLowerCase() !== 'chunked') throw new Error('it sent a transfer-encoding that is not chunked');
      if (framing.length !== untilClosedLength) throw new Error('it said twice how long its body is');
      framing.length = chunkedLength;
      break;
    case 'connection': {
      const options = value.toLowerCase();
      if (/\bclose\b/.test(options)) framing.staysOpen = false;
      else if (/\bkeep-alive\b/.test(options)) framing.staysOpen ??= true;
      break;
    }
    case 'keep-alive': {
      const timeout = /\btimeout=(\d{1,9})\b/i.exec(value);
      if (timeout) framing.keepAliveMs = Number(timeout[1]) * 1_000;
      break;
    }
    default:
  }
}
