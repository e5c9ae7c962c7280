import { describe, expect, it } from '@jest/globals';
import { aProduct, aStock } from '../testing/builders.ts';
import { createdProduct, reviseProduct, withdrawProduct } from './product.ts';

const now = new Date('2026-02-01T10:00:00.000Z');
const held = { product: aProduct({ version: 3 }), stock: aStock({ initial: 10, available: 4, reserved: 5, sold: 1 }) };

describe('a new product', () => {
  it('begins at version 1 and tells that it was created', () => {
    const draft = {
      sku: null,
      name: 'Mug',
      description: null,
      price: { amountMinor: 1, currency: 'EUR' },
      weightGrams: 1,
      initialStock: 0,
    };

    const { product, events } = createdProduct(draft, { id: '7', sku: 'MUG' }, now);

    expect(product).toMatchObject({
      id: '7',
      sku: 'MUG',
      version: 1,
      createdAt: now,
      updatedAt: now,
      withdrawnAt: null,
    });
    expect(events).toEqual([{ productId: '7', version: 1, change: 'created' }]);
  });
});

describe('a revision', () => {
  it('changes what it names and counts the version up', () => {
    const result = reviseProduct(held, { name: 'Big Mug', expectedVersion: 3, restock: 0 }, now);

    expect(result).toEqual({
      changed: {
        product: { ...held.product, name: 'Big Mug', version: 4, updatedAt: now },
        stock: held.stock,
        events: [{ productId: '1', version: 4, change: 'updated' }],
      },
    });
  });

  it('is refused when somebody else was first', () => {
    const result = reviseProduct(held, { name: 'Big Mug', expectedVersion: 2, restock: 0 }, now);

    expect(result).toMatchObject({ refused: { kind: 'VersionConflict', currentVersion: 3 } });
  });

  it('that changes nothing leaves version and time alone and tells nobody', () => {
    const result = reviseProduct(held, { name: held.product.name, price: { ...held.product.price }, restock: 0 }, now);

    expect(result).toEqual({ changed: { ...held, events: [] } });
  });

  it('adds pieces to what is available and to what there was at first', () => {
    const result = reviseProduct(held, { restock: 5 }, now);

    expect(result).toMatchObject({ changed: { stock: { initial: 15, available: 9, reserved: 5, sold: 1 } } });
  });

  it('takes away what is available and no more', () => {
    const all = reviseProduct(held, { restock: -4 }, now);
    const more = reviseProduct(held, { restock: -5 }, now);

    expect(all).toMatchObject({ changed: { stock: { initial: 6, available: 0 } } });
    expect(more).toMatchObject({ refused: { kind: 'InvalidInput', path: ['input', 'restock'] } });
  });

  it('does not pile up more pieces than can be counted', () => {
    const result = reviseProduct(held, { restock: 1_000_000_000 }, now);

    expect(result).toMatchObject({ refused: { kind: 'InvalidInput', path: ['input', 'restock'] } });
  });
});

describe('a withdrawal', () => {
  it('is a version of its own and tells so', () => {
    const { product, events } = withdrawProduct(held, now);

    expect(product).toMatchObject({ version: 4, withdrawnAt: now });
    expect(events).toEqual([{ productId: '1', version: 4, change: 'withdrawn' }]);
  });
});
