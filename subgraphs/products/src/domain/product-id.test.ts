import { expect, it } from '@jest/globals';
import { isProductId } from './product-id.ts';

it.each(['1', '42', '9223372036854775807'])('takes %s for an id', (text) => {
  expect(isProductId(text)).toBe(true);
});

it.each(['', '0', '-1', '01', '1.0', '1e3', 'abc', ' 1', '9223372036854775808', '99999999999999999999'])(
  'does not take %j for an id',
  (text) => {
    expect(isProductId(text)).toBe(false);
  },
);
