import { describe, expect, it } from '@jest/globals';
import { AdaptiveLimit } from './adaptive-limit.ts';

/** Begins so many requests and tells how many were admitted. */
function begin(limit: AdaptiveLimit, count: number, isBulk = false): number {
  return Array.from({ length: count }, () => limit.begin(isBulk)).filter(Boolean).length;
}

function end(limit: AdaptiveLimit, count: number, tookMs: number): void {
  for (let turn = 0; turn < count; turn += 1) limit.end(tookMs);
}

/** A queue and a worker: it does so many a millisecond, and nothing takes less than so long. */
interface ModelServer {
  readonly perMs: number;
  readonly leastMs: number;
}

/** Plays requests at a steady pace against a server, in time of its own, with an `adapt` each 100 ms. */
function play(limit: AdaptiveLimit, server: ModelServer, { perMs, ms }: { perMs: number; ms: number }) {
  const underWay: number[] = [];
  const limits: number[] = [];
  let [asked, capacity, done, tookMs] = [0, 0, 0, 0];
  const endOldest = (nowMs: number) => {
    const took = nowMs - (underWay.shift() ?? nowMs);
    limit.end(took);
    [done, tookMs] = [done + 1, tookMs + took];
  };
  for (let nowMs = 1; nowMs <= ms; nowMs += 1) {
    for (; asked < nowMs * perMs; asked += 1) if (limit.begin(false)) underWay.push(nowMs);
    capacity = Math.min(server.perMs * server.leastMs, capacity + server.perMs);
    for (; capacity >= 1 && nowMs - (underWay[0] ?? Infinity) >= server.leastMs; capacity -= 1) endOldest(nowMs);
    if (nowMs % 100 !== 0) continue;
    limit.adapt(0);
    limits.push(limit.state.limit);
  }
  while (underWay.length > 0) endOldest(ms);
  return { done, limits, meanMs: tookMs / done };
}

describe('AdaptiveLimit', () => {
  it('refuses what is beyond the limit', () => {
    const limit = new AdaptiveLimit();

    const admitted = begin(limit, 1_000);

    expect(admitted).toBe(64);
    expect(limit.state).toMatchObject({ inFlight: 64, refused: { bulk: 0, others: 936 } });
  });

  it('shrinks while the event loop is late, though not below the least', () => {
    const limit = new AdaptiveLimit({ least: 32 });
    begin(limit, 64);

    limit.adapt(80);
    const first = limit.state.limit;
    for (let turn = 0; turn < 50; turn += 1) limit.adapt(80);

    expect([first, limit.state.limit]).toEqual([54, 32]);
  });

  it('shrinks while requests take too long', () => {
    const limit = new AdaptiveLimit({ latencyMs: 1_000 });
    begin(limit, 60);
    end(limit, 20, 1_500);

    limit.adapt(0);

    expect(limit.state.limit).toBe(51);
  });

  it('does not shrink when the event loop is late for another reason than many requests', () => {
    const limit = new AdaptiveLimit();
    begin(limit, 3);

    for (let turn = 0; turn < 10; turn += 1) limit.adapt(80);

    expect(limit.state.limit).toBe(64);
  });

  it('grows ahead while nobody is refused, and comes back to where it began', () => {
    const limit = new AdaptiveLimit();
    begin(limit, 60);
    limit.adapt(80);

    for (let turn = 0; turn < 10; turn += 1) limit.adapt(5);

    expect(limit.state.limit).toBeGreaterThan(70);
  });

  it('stays when little is to be done', () => {
    const limit = new AdaptiveLimit();

    for (let turn = 0; turn < 10; turn += 1) limit.adapt(5);

    expect(limit.state.limit).toBe(64);
  });

  it('stays near the knee of a server that works at its capacity, whatever is asked of it', () => {
    const limit = new AdaptiveLimit({ least: 4 });
    const server = { perMs: 0.2, leastMs: 200 };

    play(limit, server, { perMs: 1, ms: 10_000 });
    const { done, limits, meanMs } = play(limit, server, { perMs: 1, ms: 20_000 });

    expect(done / 20_000).toBeGreaterThan(0.18);
    expect(meanMs).toBeLessThan(400);
    expect(Math.max(...limits)).toBeLessThan(100);
  });

  it('finds the knee again when the work becomes heavier', () => {
    const limit = new AdaptiveLimit({ least: 4 });
    play(limit, { perMs: 2, leastMs: 50 }, { perMs: 4, ms: 10_000 });
    const before = limit.state.limit;

    const heavier = { perMs: 0.2, leastMs: 50 };
    play(limit, heavier, { perMs: 4, ms: 10_000 });
    const { done, meanMs } = play(limit, heavier, { perMs: 4, ms: 20_000 });

    expect(before).toBeGreaterThan(60);
    expect(done / 20_000).toBeGreaterThan(0.18);
    expect(meanMs).toBeLessThan(150);
  });

  it('refuses nobody for the sake of requests that are answered soon all the same', () => {
    const limit = new AdaptiveLimit();
    const fast = { perMs: 2, leastMs: 1 };

    play(limit, fast, { perMs: 2.5, ms: 5_000 });
    const { limits, meanMs } = play(limit, fast, { perMs: 2.5, ms: 10_000 });

    expect(Math.min(...limits)).toBeGreaterThan(100);
    expect(meanMs).toBeGreaterThan(50);
    expect(meanMs).toBeLessThan(150);
  });

  it('makes room for what only waits: time without work is no overload', () => {
    const limit = new AdaptiveLimit();
    const patient = { perMs: 100, leastMs: 400 };

    play(limit, patient, { perMs: 1, ms: 20_000 });
    const refusedBefore = limit.state.refused.others;
    const { done } = play(limit, patient, { perMs: 1, ms: 20_000 });

    expect(limit.state.refused.others - refusedBefore).toBeLessThan(400);
    expect(done / 20_000).toBeGreaterThan(0.95);
  });

  it('leaves clients of bulk half, so that others get through', () => {
    const limit = new AdaptiveLimit();

    const bulk = begin(limit, 1_000, true);
    const interactive = begin(limit, 1_000);

    expect({ bulk, interactive }).toEqual({ bulk: 32, interactive: 32 });
  });
});
