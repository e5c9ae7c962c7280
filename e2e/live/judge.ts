import { setTimeout as delay } from 'node:timers/promises';
import type { Diary } from './diary.ts';
import type { PlacedOrder } from './load.ts';

/** What the diaries of a scenario come to. */
export interface Verdict {
  readonly events: number;
  /** Orders that their buyer was never told of, nor told that something is missing. */
  readonly missed: number;
  /** Orders that an expired cursor covers: the client knows that it must fetch them. */
  readonly excused: number;
  readonly twice: number;
  readonly outOfOrder: number;
  /** Orders of somebody else. */
  readonly foreign: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Waits until every diary has what is due, or 20 s, and judges. */
export async function judge(diaries: readonly Diary[], placed: readonly PlacedOrder[]): Promise<Verdict> {
  const deadline = Date.now() + 20_000;
  const missing = () => diaries.map((diary) => missingIn(diary, placed));
  while (missing().some((orders) => orders.some(({ isExcused }) => !isExcused)) && Date.now() < deadline)
    await delay(50);
  const all = missing().flat();
  const entries = diaries.flatMap((diary) => diary.entries);
  const latencies = entries.map(({ latencyMs }) => latencyMs).toSorted((one, other) => one - other);
  return {
    events: entries.length,
    missed: all.filter(({ isExcused }) => !isExcused).length,
    excused: all.filter(({ isExcused }) => isExcused).length,
    twice: sum(diaries, ({ entries: own }) => own.length - new Set(own.map(({ orderId }) => orderId)).size),
    outOfOrder: sum(diaries, countOutOfOrder),
    foreign: sum(diaries, ({ entries: own, customer }) => own.filter(({ buyerId }) => buyerId !== customer.id).length),
    p50Ms: latencies[Math.floor(latencies.length * 0.5)] ?? 0,
    p99Ms: latencies[Math.floor(latencies.length * 0.99)] ?? 0,
  };
}

/** What a subscriber was told that never goes wrong. */
export const flawless = { missed: 0, twice: 0, outOfOrder: 0, foreign: 0 };

function missingIn({ entries, expiredAt, customer }: Diary, placed: readonly PlacedOrder[]) {
  const told = new Set(entries.map(({ orderId }) => orderId));
  const lastExpiry = expiredAt.at(-1) ?? 0;
  return placed
    .filter(({ id, buyerId }) => buyerId === customer.id && !told.has(id))
    .map(({ placedAt }) => ({ isExcused: placedAt <= lastExpiry + 1_000 }));
}

/** Cursors only ever grow. */
function countOutOfOrder({ entries }: Diary): number {
  const places = entries.map(({ cursor }) => cursor.split('-').map(Number));
  return places.filter(([ms = 0, sequence = 0], index) => {
    const [beforeMs = 0, beforeSequence = 0] = places[index - 1] ?? [];
    return ms < beforeMs || (ms === beforeMs && sequence <= beforeSequence && index > 0);
  }).length;
}

function sum<Item>(items: readonly Item[], count: (item: Item) => number): number {
  return items.reduce((total, item) => total + count(item), 0);
}
