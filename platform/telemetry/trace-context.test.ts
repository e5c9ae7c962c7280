import { describe, expect, it } from '@jest/globals';
import { childTraceparent, newTraceparent, readTraceparent, traceIdOf } from './trace-context.ts';

const given = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const valid = /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/;

describe('a trace', () => {
  it('begins with ids of its own', () => {
    expect(newTraceparent()).toMatch(valid);
    expect(traceIdOf(newTraceparent())).not.toBe(traceIdOf(newTraceparent()));
  });

  it('goes on in a child with another parent id and the same flags', () => {
    const child = childTraceparent(given);

    expect(child).toMatch(valid);
    expect(traceIdOf(child)).toBe('0af7651916cd43dd8448eb211c80319c');
    expect(child).not.toBe(given);
    expect(childTraceparent(given.replace(/01$/, '00'))).toMatch(/-00$/);
  });

  it('is taken over from a header', () => {
    expect(readTraceparent(given)).toBe(given);
  });

  it.each([
    undefined,
    '',
    'x',
    ['a', 'b'],
    given.toUpperCase(),
    `${given}-more`,
    given.replace('00-', 'ff-'),
    `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
    `00-0af7651916cd43dd8448eb211c80319c-${'0'.repeat(16)}-01`,
  ])('begins anew when the header is %s', (header) => {
    expect(readTraceparent(header)).toMatch(valid);
    expect(readTraceparent(header)).not.toBe(header);
  });

  it('has no id when it is none', () => {
    expect(traceIdOf('x')).toBe('');
    expect(childTraceparent('x')).toMatch(valid);
  });
});
