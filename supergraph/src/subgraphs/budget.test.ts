import { describe, expect, it } from '@jest/globals';
import { isOutOfTime, startBudget } from './budget.ts';

describe('a budget that has ended', () => {
  it('is out of time when its timer rang, though the clock may say that a fraction of a millisecond is left', async () => {
    const budget = startBudget(new AbortController().signal, 5);
    await new Promise<void>((resolve) => budget.signal.addEventListener('abort', () => resolve()));

    expect([isOutOfTime(budget.signal), budget.isSpent]).toEqual([true, true]);
    budget.end();
  });

  it.each([
    ['its parent has gone', ({ parent }: { parent: AbortController }) => parent.abort()],
    ['it was cancelled', ({ budget }: { budget: ReturnType<typeof startBudget> }) => budget.cancel()],
  ])('is not out of time when %s', (_, end) => {
    const parent = new AbortController();
    const budget = startBudget(parent.signal, 60_000);

    end({ parent, budget });

    expect(budget.signal.aborted).toBe(true);
    expect([isOutOfTime(budget.signal), budget.isSpent]).toEqual([false, false]);
    budget.end();
  });
});
