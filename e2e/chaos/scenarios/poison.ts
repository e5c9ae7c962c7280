import { setTimeout as delay } from 'node:timers/promises';
import { openDeadLetters } from '@storefront/platform/bus/dead-letters.ts';
import { until } from '@storefront/platform/testing/until.ts';
import type { Scenario } from '../../testing/scenarios/scenario.ts';
import { openMailroom } from '../world/mailroom.ts';
import { percentile } from '../../testing/percentile.ts';
import type { World } from '../world/world.ts';

const TRIES = 5;
/** Real pauses take 66 s until the fifth try. */
const SHORT_DELAYS_MS = [200, 300, 500, 500];

/** One event in a hundred that nobody can handle. */
export const poison: Scenario<World> = {
  name: 'poison',
  goal: "poison messages, 1 in 100: dead after 5 tries; the others' p99 under 1 s; replay works",
  async play(world, { isShort }) {
    const count = isShort ? 500 : 2_000;
    const room = await openMailroom(world, isShort ? { retryDelaysMs: SHORT_DELAYS_MS } : {});
    try {
      let isCured = false;
      const tries = new Map<string, number>();
      const waits: number[] = [];
      const cured = new Set<string>();
      await room.consume(async ({ id, subject, time }) => {
        const isPoison = subject.startsWith('poison');
        if (isPoison) tries.set(id, (tries.get(id) ?? 0) + 1);
        if (isPoison && !isCured) throw new Error('no handler can take this');
        if (isPoison) cured.add(id);
        else waits.push(Date.now() - Date.parse(time));
      });
      const relay = await room.startRelay();
      for (let written = 0; written < count; written += 20) {
        await room.append(20, (index) =>
          (written + index) % 100 === 7 ? `poison-${written}` : `well-${written + index}`,
        );
        await delay(100);
      }
      const poisoned = count / 100;
      const letters = await openDeadLetters(room.address.rabbitmq);
      const dead = () => letters.list(room.queue);
      await until(async () => (await dead()).length === poisoned, { timeoutMs: 120_000 });
      const found = await dead();
      isCured = true;
      await letters.replay(room.queue, () => true);
      await until(() => cured.size === poisoned, { timeoutMs: 20_000 });
      await Promise.all([letters.close(), relay.close()]);
      const p99Ms = Math.round(percentile(waits, 0.99));
      const faults: string[] = [];
      if (waits.length !== count - poisoned)
        faults.push(`${waits.length} healthy events were handled of ${count - poisoned}`);
      const wrong = found.filter((letter) => letter.tries !== TRIES).length;
      if (wrong > 0) faults.push(`${wrong} letters did not have ${TRIES} tries`);
      if (p99Ms >= 1_000) faults.push(`p99 of the others is ${p99Ms} ms`);
      const facts = { events: count, poisoned, p99Ms, replayed: cured.size };
      return {
        measured: `${poisoned} of ${count} died after ${TRIES} tries and were replayed; others' p99 ${p99Ms} ms`,
        facts,
        faults,
      };
    } finally {
      await room.close();
    }
  },
};
