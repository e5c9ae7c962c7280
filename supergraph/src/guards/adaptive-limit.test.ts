import { describe, expect, it } from '@jest/globals';
import { AdaptiveLimit } from './adaptive-limit.ts';

/** Begins so many requests and tells how many were admitted. */
function begin(limit: AdaptiveLimit, count: number, isBulk = false): number {
  return Array.from({ length: count }, () => limit.begin(isBulk)).filter(Boolean).length;
}

function end(limit: AdaptiveLimit, count: number, tookMs: number): void {
  for (let turn = 0; turn < count; turn += 1) limit.end(tookMs);
}

describe('AdaptiveLimit', () => {
  it('refuses what is beyond the limit', () => {
    const limit = new AdaptiveLimit();

    const admitted = begin(limit, 1_000);

    expect(admitted).toBe(256);
    expect(limit.state).toMatchObject({ inFlight: 256, refused: { bulk: 0, others: 744 } });
  });

  it('shrinks while the event loop is late, though not below the least', () => {
    const limit = new AdaptiveLimit({ least: 32 });
    begin(limit, 256);

    limit.adapt(80);
    const first = limit.state.limit;
    for (let turn = 0; turn < 50; turn += 1) limit.adapt(80);

    expect(first).toBeLessThan(256);
    end(limit, 256, 5);
    for (let turn = 0; turn < 50; turn += 1) limit.adapt(80);
    expect(limit.state.limit).toBe(32);
  });

  it('shrinks while requests take too long', () => {
    const limit = new AdaptiveLimit({ latencyMs: 1_000 });
    begin(limit, 200);
    end(limit, 100, 1_500);

    limit.adapt(0);

    expect(limit.state.limit).toBe(170);
  });

  it('grows while it is nearly reached and nobody is late', () => {
    const limit = new AdaptiveLimit();
    begin(limit, 256);

    for (let turn = 0; turn < 10; turn += 1) {
      limit.adapt(5);
      begin(limit, 1_000);
    }

    expect(limit.state.limit).toBeGreaterThan(400);
  });

  it('stays when little is to be done', () => {
    const limit = new AdaptiveLimit();

    for (let turn = 0; turn < 10; turn += 1) limit.adapt(5);

    expect(limit.state.limit).toBe(256);
  });

  it('leaves clients of bulk half, so that others get through', () => {
    const limit = new AdaptiveLimit();

    const bulk = begin(limit, 1_000, true);
    const interactive = begin(limit, 1_000);

    expect({ bulk, interactive }).toEqual({ bulk: 128, interactive: 128 });
  });
});
