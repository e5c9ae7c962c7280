import { describe, expect, it } from '@jest/globals';
import { createResult } from '../../engine/result.ts';
import { encodeSingleResult, toSingleResult } from './single-result.ts';

/** A result whose data is a text that no parser would write this way, so that it shows whether it was written again. */
const aResult = () => createResult('{ "greeting" : "Hello" }');

describe('the result that plugins get', () => {
  it('goes out as it was written when nobody looks at it', () => {
    const single = toSingleResult(aResult(), undefined);

    expect(String(encodeSingleResult(single))).toBe('{"data":{ "greeting" : "Hello" }}');
  });

  it('has the members of any result', () => {
    const single = toSingleResult(aResult(), undefined);

    expect(Object.keys(single)).toEqual(['data', 'errors']);
    expect({ ...single }).toEqual({ data: { greeting: 'Hello' }, errors: undefined });
    expect(toSingleResult({ errors: [] }, [])).toEqual({ errors: [] });
  });

  it('goes out as it was changed', () => {
    const [inside, whole, beside] = [0, 1, 2].map(() => toSingleResult(aResult(), undefined));
    if (!inside?.data || !whole || !beside) throw new Error('there are three results');

    inside.data['greeting'] = 'Bye';
    whole.data = { farewell: 'Bye' };
    beside.extensions = { cost: 1 };

    expect(encodeSingleResult(inside)).toBe('{"data":{"greeting":"Bye"}}');
    expect(encodeSingleResult(whole)).toBe('{"data":{"farewell":"Bye"}}');
    expect(encodeSingleResult(beside)).toBe('{"data":{"greeting":"Hello"},"extensions":{"cost":1}}');
  });

  it('is the same for whoever looks twice', () => {
    const single = toSingleResult(aResult(), undefined);

    const first = single.data;

    expect(single.data).toBe(first);
    expect(encodeSingleResult(single)).toBe('{"data":{"greeting":"Hello"}}');
  });
});
