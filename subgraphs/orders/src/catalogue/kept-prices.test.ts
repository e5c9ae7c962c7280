import { describe, expect, it } from '@jest/globals';
import type { Catalogue, Quote } from '../use-cases/ports.ts';
import { keepPrices } from './kept-prices.ts';

const call = { traceparent: '', signal: new AbortController().signal };
const line = (productId: string, seen?: number) => ({
  productId,
  quantity: 1,
  ...(seen === undefined ? {} : { seenPrice: { amountMinor: seen, currency: 'EUR' } }),
});

/** Prices in the test's hands, and how often they were asked for. */
function openShelf() {
  const shelf = { nowMs: 0, price: 100, asked: 0, gate: Promise.resolve() };
  const catalogue: Catalogue = {
    async quote(lines): Promise<Quote> {
      shelf.asked += 1;
      const unitPriceMinor = shelf.price;
      await shelf.gate;
      if (lines.some(({ productId }) => productId === 'gone')) return { phase: 'unavailable', productId: 'gone' };
      return { phase: 'quoted', lines: lines.map((one) => ({ ...one, unitPriceMinor, currency: 'EUR' })) };
    },
  };
  const clock = { now: () => new Date(shelf.nowMs) };
  const kept = keepPrices({ catalogue, clock }, { keepMs: 1_000 });
  const priceOf = async (...lines: ReturnType<typeof line>[]) => {
    const quote = await kept.quote(lines, call);
    return quote.phase === 'quoted' ? quote.lines.map(({ unitPriceMinor }) => unitPriceMinor) : quote.phase;
  };
  return { shelf, kept, priceOf };
}

describe('prices that are kept', () => {
  it('are asked for once while they are young', async () => {
    const { shelf, priceOf } = openShelf();

    await priceOf(line('1'), line('2'));
    shelf.price = 200;
    const young = await priceOf(line('2'));
    shelf.nowMs = 1_000;
    const old = await priceOf(line('2'));

    expect([young, old, shelf.asked]).toEqual([[100], [200], 2]);
  });

  it('are asked for again once the product is said to have changed', async () => {
    const { shelf, kept, priceOf } = openShelf();
    await priceOf(line('1'), line('2'));
    shelf.price = 200;

    kept.forget('1');

    expect(await priceOf(line('1'))).toEqual([200]);
    expect(await priceOf(line('2'))).toEqual([100]);
    kept.forget();
    expect(await priceOf(line('2'))).toEqual([200]);
  });

  it('are not what a buyer is told who says which price they saw', async () => {
    const { shelf, priceOf } = openShelf();
    await priceOf(line('1'));
    shelf.price = 200;

    expect(await priceOf(line('1', 100))).toEqual([200]);
  });

  it('do not begin with an answer that a change has overtaken', async () => {
    const { shelf, kept, priceOf } = openShelf();
    const held = Promise.withResolvers<void>();
    shelf.gate = held.promise;

    const asking = priceOf(line('1'));
    kept.forget('1');
    shelf.price = 200;
    held.resolve();
    await asking;

    expect(await priceOf(line('1'))).toEqual([200]);
  });

  it('hold nothing of a refusal', async () => {
    const { shelf, priceOf } = openShelf();

    expect([await priceOf(line('gone')), await priceOf(line('gone')), shelf.asked]).toEqual([
      'unavailable',
      'unavailable',
      2,
    ]);
  });
});
