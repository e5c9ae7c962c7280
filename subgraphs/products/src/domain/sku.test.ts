import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { isSku, skusFor } from './sku.ts';

const suffixes = () => {
  let number = 0;
  return () => `${(number += 1)}`;
};

describe('a sku made from a name', () => {
  it.each([
    ['Enamel Mug', 'ENAMEL-MUG'],
    ['  Crème brûlée, 2 pcs! ', 'CREME-BRULEE-2-PCS'],
    ['Cast-Iron Skillet', 'CAST-IRON-SKILLET'],
    ['日本の急須', 'PRODUCT'],
    ['-', 'PRODUCT'],
  ])('reads %s as %s', (name, expected) => {
    const [first] = skusFor(name, suffixes());

    expect(first).toBe(expected);
  });

  it('gets a number when the plain one is taken, and a suffix in the end', () => {
    const skus = [...skusFor('Mug', suffixes())];

    expect(skus.slice(0, 3)).toEqual(['MUG', 'MUG-2', 'MUG-3']);
    expect(skus.slice(-3)).toEqual(['MUG-1', 'MUG-2', 'MUG-3']);
  });

  it('is always a sku, whatever the name and the suffix', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), fc.string({ unit: 'grapheme' }), (name, suffix) => {
        const skus = [...skusFor(name, () => suffix)];

        expect(skus.filter((sku) => !isSku(sku))).toEqual([]);
        expect(new Set(skus.slice(0, 9)).size).toBe(9);
      }),
    );
  });
});

describe('isSku', () => {
  it.each(['', '-mug', 'enamel mug', 'mug\0', `M${'U'.repeat(64)}`])('refuses %j', (text) => {
    expect(isSku(text)).toBe(false);
  });
});
