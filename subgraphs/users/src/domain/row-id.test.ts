import { describe, expect, it } from '@jest/globals';
import { isRowId } from './row-id.ts';

describe('a row id', () => {
  it.each(['1', '42', '9223372036854775807'])('may be %s', (text) => {
    expect(isRowId(text)).toBe(true);
  });

  it.each(['', '0', '-1', '01', '1.0', '1e3', ' 1', 'abc', '9223372036854775808', "1' or true"])(
    'is never %j',
    (text) => {
      expect(isRowId(text)).toBe(false);
    },
  );
});
