import { describe, expect, it } from '@jest/globals';
import { readDraft, readRevision } from './product-input.ts';

const input = { name: 'Enamel Mug', price: { amountMinor: 1_250, currency: 'EUR' } };

describe('readDraft', () => {
  it('trims the texts and fills in what was left out', () => {
    const read = readDraft({ ...input, name: ' Enamel Mug ', description: '  ' });

    expect(read).toEqual({ draft: { ...input, sku: null, description: null, weightGrams: 0, initialStock: 0 } });
  });

  it.each([
    [{ name: '  ' }, ['input', 'name'], 'A product needs a name.'],
    [{ name: 'a\0b' }, ['input', 'name'], 'A name has no control characters.'],
    [{ name: 'x'.repeat(201) }, ['input', 'name'], 'A name is at most 200 characters long.'],
    [{ sku: 'two words' }, ['input', 'sku'], 'A sku has letters'],
    [{ price: { amountMinor: -1, currency: 'EUR' } }, ['input', 'price', 'amountMinor'], 'A price is never negative.'],
    [{ price: { amountMinor: 1, currency: 'XQX' } }, ['input', 'price', 'currency'], 'A currency is an ISO 4217 code'],
    [{ weightGrams: -1 }, ['input', 'weightGrams'], 'A weight is never negative.'],
    [{ initialStock: -1 }, ['input', 'initialStock'], 'Stock is never negative.'],
    [{ initialStock: 1_000_000_001 }, ['input', 'initialStock'], 'A product can have at most 1000000000 pieces.'],
  ])('refuses %j and says where the fault is', (fault, path, message) => {
    const read = readDraft({ ...input, ...fault });

    expect(read).toMatchObject({ refused: { kind: 'InvalidInput', path, message: expect.stringContaining(message) } });
  });
});

describe('readRevision', () => {
  it('keeps what is null or missing as it is, but clears a description that is null', () => {
    const read = readRevision({ id: '1', name: null, sku: null, price: null, description: null });

    expect(read).toEqual({ revision: { description: null, restock: 0 } });
  });

  it('leaves a description alone that was not mentioned', () => {
    const read = readRevision({ id: '1', name: 'Mug' });

    expect(read).toEqual({ revision: { name: 'Mug', restock: 0 } });
  });
});
