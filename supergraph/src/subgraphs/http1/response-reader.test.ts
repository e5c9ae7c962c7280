import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { headerOf } from './response-head.ts';
import { ResponseReader } from './response-reader.ts';

const options = { maxBodyBytes: 1_000_000 };

/** Reads pieces one after the other, each through a buffer that is overwritten after it. */
function readAll(pieces: readonly Buffer[], reader = new ResponseReader(options)) {
  const found: { status: number; body: string; length: number }[] = [];
  for (const piece of pieces) {
    const passing = Buffer.from(piece);
    const response = reader.read(passing);
    if (response) found.push(summary(response));
    passing.fill(0x21);
  }
  return found;
}

function summary({ head, body }: { head: { status: number; length: number }; body: Buffer }) {
  return { status: head.status, body: body.toString('latin1'), length: head.length };
}

function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].toSorted((a, b) => a - b);
  return [0, ...at]
    .map((from, index) => bytes.subarray(from, at[index] ?? bytes.length))
    .filter(({ length }) => length > 0);
}

const text = (value: string) => Buffer.from(value, 'latin1');

const bodyText = fc.string({ unit: 'grapheme-ascii', maxLength: 300 });
const chunked = (parts: readonly string[], extension: string, trailer: string) =>
  `${parts.map((part) => `${part.length.toString(16)}${extension}\r\n${part}\r\n`).join('')}0\r\n${trailer}\r\n`;
const interim = fc.constantFrom('', 'HTTP/1.1 100 Continue\r\n\r\n', 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n');
const response = fc.oneof(
  fc.tuple(interim, bodyText).map(([before, body]) => ({
    body,
    wire: `${before}HTTP/1.1 200 OK\r\ndate: now\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  })),
  fc
    .tuple(
      interim,
      fc.array(
        bodyText.filter((part) => part.length > 0),
        { maxLength: 4 },
      ),
      fc.boolean(),
    )
    .map(([before, parts, isOrnate]) => ({
      body: parts.join(''),
      wire: `${before}HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunked(
        parts,
        isOrnate ? ';name="value"' : '',
        isOrnate ? 'x-sum: 1\r\n' : '',
      )}`,
    })),
);

describe('reading responses', () => {
  it('finds each, wherever the bytes are cut', () => {
    const property = fc.property(response, fc.array(fc.nat(1_000), { maxLength: 12 }), ({ wire, body }, places) => {
      const reader = new ResponseReader(options);
      for (let round = 0; round < 2; round++) {
        expect(readAll(cut(text(wire), places), reader)).toMatchObject([{ status: 200, body }]);
      }
    });

    fc.assert(property, { numRuns: 500 });
  });

  it('finds one byte by byte', () => {
    const wire = `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${chunked(['{"a":', '1}'], '', '')}`;

    expect(readAll([...text(wire)].map((byte) => Buffer.of(byte)))).toMatchObject([{ status: 200, body: '{"a":1}' }]);
  });

  it('ends one without a length with the connection', () => {
    const reader = new ResponseReader(options);

    expect(readAll([text('HTTP/1.0 200 OK\r\n\r\n{"a"'), text(':1}')], reader)).toEqual([]);
    expect(reader.end()).toMatchObject({ head: { status: 200, staysOpen: false }, body: text('{"a":1}') });
  });

  it.each([204, 304])('knows that a %d has no body', (status) => {
    expect(readAll([text(`HTTP/1.1 ${status} x\r\nserver: y\r\n\r\n`)])).toMatchObject([{ status, body: '' }]);
  });

  it.each([
    ['HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n', true, undefined],
    ['HTTP/1.1 200 OK\r\ncontent-length: 0\r\nConnection: keep-alive\r\nKeep-Alive: timeout=72\r\n\r\n', true, 72_000],
    ['HTTP/1.1 200 OK\r\ncontent-length: 0\r\nConnection: Close\r\n\r\n', false, undefined],
    ['HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n', false, undefined],
    ['HTTP/1.0 200 OK\r\ncontent-length: 0\r\nconnection: keep-alive\r\n\r\n', true, undefined],
  ])('knows whether the connection stays open after %j', (wire, staysOpen, keepAliveMs) => {
    expect(new ResponseReader(options).read(text(wire))?.head).toMatchObject({ staysOpen, keepAliveMs });
  });

  it('looks headers up whatever their case, with all their lines', () => {
    const wire =
      'HTTP/1.1 200 OK\r\nCache-Control: private\r\nx-cache-control: no\r\ncache-control:no-store\r\ncontent-length: 0\r\n\r\n';
    const head = new ResponseReader(options).read(text(wire))?.head;

    expect(head && [headerOf(head, 'cache-control'), headerOf(head, 'age')]).toEqual(['private, no-store', undefined]);
  });
});

describe('what is no response', () => {
  const head = 'HTTP/1.1 200 OK\r\n';

  it.each([
    ['another protocol', 'SSH-2.0-x\r\n\r\n'],
    ['a status that is none', 'HTTP/1.1 20 OK\r\n\r\n'],
    ['HTTP/2', 'HTTP/2 200\r\n\r\n'],
    ['a switch of protocols', 'HTTP/1.1 101 x\r\n\r\n'],
    ['two lengths', `${head}content-length: 1\r\ncontent-length: 2\r\n\r\nab`],
    ['a length and chunks', `${head}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['chunks and a length', `${head}transfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n`],
    ['a negative length', `${head}content-length: -1\r\n\r\n`],
    ['a list of lengths', `${head}content-length: 1, 1\r\n\r\na`],
    ['an unknown transfer-encoding', `${head}transfer-encoding: gzip, chunked\r\n\r\n`],
    ['a space before the colon', `${head}content-length : 1\r\n\r\na`],
    ['a header without a colon', `${head}nonsense\r\n\r\n`],
    ['a folded header', `${head}x: a\r\n b: c\r\ncontent-length: 0\r\n\r\n`],
    ['more than its answer', `${head}content-length: 1\r\n\r\nab`],
    ['more than its chunks', `${head}transfer-encoding: chunked\r\n\r\n0\r\n\r\nHTTP`],
    ['a chunk without its length', `${head}transfer-encoding: chunked\r\n\r\nzz\r\n`],
    ['a chunk of another length', `${head}transfer-encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n`],
    ['a body beyond the limit', `${head}content-length: 1000001\r\n\r\n`],
    ['chunks beyond the limit', `${head}transfer-encoding: chunked\r\n\r\nfffffff\r\n`],
    ['a head without an end', `${head}x: ${'y'.repeat(20_000)}`],
  ])('is refused: %s', (_, wire) => {
    expect(() => readAll([text(wire)])).toThrow();
    expect(() => {
      const reader = new ResponseReader(options);
      const bytes = [...text(wire)].map((byte) => Buffer.of(byte));
      readAll(bytes, reader);
      reader.end();
    }).toThrow();
  });

  it.each([`${head}content-length: 5\r\n\r\nab`, `${head}transfer-encoding: chunked\r\n\r\n2\r\nab`, 'HTTP/1.1 2'])(
    'is refused when the connection ends after %j',
    (wire) => {
      const reader = new ResponseReader(options);
      expect(reader.read(text(wire))).toBeNull();

      expect(() => reader.end()).toThrow('it closed the connection before its answer had ended');
    },
  );
});
