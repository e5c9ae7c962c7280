import { describe, expect, it } from '@jest/globals';
import { backOffMs, createBackOff } from './back-off.ts';

describe('a back-off', () => {
  const limits = { firstMs: 200, longestMs: 30_000 };

  it('pauses from its first to its longest pause, about twice as long each time', () => {
    const pauses = [1, 2, 4, 8, 50].map((failures) => backOffMs(failures, limits));

    const bounds = [
      [200, 200],
      [200, 400],
      [800, 1_600],
      [12_800, 25_600],
      [15_000, 30_000],
    ];
    pauses.forEach((pause, index) => {
      const [least = 0, most = 0] = bounds[index] ?? [];
      expect(pause).toBeGreaterThanOrEqual(least);
      expect(pause).toBeLessThanOrEqual(most);
    });
  });

  it('is over at once after a success', () => {
    const backOff = createBackOff(limits);

    const pauseMs = backOff.failed();
    const left = backOff.pausedMs();
    backOff.succeeded();

    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(pauseMs + 1);
    expect(backOff.pausedMs()).toBe(0);
  });
});
