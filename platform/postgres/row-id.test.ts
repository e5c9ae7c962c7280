import { describe, expect, it } from '@jest/globals';
import { isRowId } from './row-id.ts';

const never = ['', '0', '-1', '01', '1.0', '1.5', '1e3', ' 1', '1 ', 'abc', "1' or true"];
const tooLarge = ['9223372036854775808', '99999999999999999999', '1'.repeat(40)];

describe('the id of a row', () => {
  it.each(['1', '42', '9223372036854775807'])('may be %s', (text) => {
    expect(isRowId(text)).toBe(true);
  });

  it.each([...never, ...tooLarge])('is never %j', (text) => {
    expect(isRowId(text)).toBe(false);
  });
});
