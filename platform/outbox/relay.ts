/**
 * The relay's promises.
 * Every event that committed is published at least once, for as long as some relay of its service runs: a row is marked
 * only after the broker's confirm. Events of one subject go out in the order of the outbox, with any number of relays
 * (claims.ts says how). While the broker is away rows stay pending, and the relay tries again after 0.2 to 30 s. An event
 * that no queue takes pauses its own subject alone. An event may come twice, after a crash or an unknown outcome.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Bus } from '../bus/bus.ts';
import type { Log } from '../log/log.ts';
import type { Postgres } from '../postgres/open.ts';
import { type BackOff, createBackOff } from './back-off.ts';
import { claim, measurePending, settle } from './claims.ts';
import { outboxChannel } from './outbox-table.ts';
import { publishBatch } from './publish-batch.ts';

/** What a relay works with. */
export interface RelayDeps {
  readonly postgres: Pick<Postgres, 'fork' | 'listen'>;
  readonly bus: Pick<Bus, 'publish'>;
  readonly log: Log;
}

/** Whose outbox, and how. */
export interface RelayOptions {
  readonly schema: string;
  /** How often it looks without being woken. Default 1_000. */
  readonly pollMs?: number;
  /** How many rows it claims at once. Default 100. */
  readonly batchSize?: number;
}

/** A running relay. */
export interface Relay {
  /** What waited at the last look, at most `pollMs` old; the age counts on. For readiness and metrics. */
  stats(): { pending: number; oldestAgeMs: number };
  /** Finishes the batch in hand. */
  close(): Promise<void>;
}

/** Starts to publish the outbox of a service. @throws CodedError DATABASE_UNREACHABLE when it cannot listen */
export async function startRelay(
  { postgres, bus, log }: RelayDeps,
  { schema, pollMs = 1_000, batchSize = 100 }: RelayOptions,
): Promise<Relay> {
  const closing = new AbortController();
  const backOff = createBackOff();
  const drainOptions = { schema, batchSize, backOff, signal: closing.signal };
  let wake = new AbortController();
  let seen = { pending: 0, oldestAgeMs: 0, at: performance.now() };
  const listener = await postgres.listen(outboxChannel(schema), () => wake.abort());
  const running = run();
  return {
    stats: () => ({
      pending: seen.pending,
      oldestAgeMs: seen.pending === 0 ? 0 : Math.round(seen.oldestAgeMs + performance.now() - seen.at),
    }),
    close: async () => {
      closing.abort();
      await running;
      await listener.close();
    },
  };

  async function run(): Promise<void> {
    while (!closing.signal.aborted) {
      wake = new AbortController();
      try {
        if (backOff.pausedMs() === 0) await drain({ postgres, bus, log }, drainOptions);
        seen = { ...(await measurePending(postgres.fork())), at: performance.now() };
      } catch (error) {
        log.warn({ err: error, schema, waitMs: backOff.failed() }, 'the relay cannot reach its outbox');
      }
      await rest();
    }
  }

  /** Waits for a notification or the next look; while paused, for the next look alone. */
  async function rest(): Promise<void> {
    const pausedMs = backOff.pausedMs();
    const waits = pausedMs > 0 ? closing.signal : AbortSignal.any([closing.signal, wake.signal]);
    const waitMs = pausedMs > 0 ? Math.min(pausedMs, pollMs) : pollMs;
    await delay(waitMs, undefined, { signal: waits }).catch(() => undefined); // only an abort rejects
  }
}

interface DrainOptions {
  readonly schema: string;
  readonly batchSize: number;
  readonly backOff: BackOff;
  readonly signal: AbortSignal;
}

/** Publishes batch after batch until nothing is left to claim, or the broker cannot be used. */
async function drain({ postgres, bus, log }: RelayDeps, options: DrainOptions): Promise<void> {
  const { schema, batchSize, backOff, signal } = options;
  while (!signal.aborted) {
    const messages = await claim(postgres.fork(), batchSize);
    if (messages.length === 0) return backOff.succeeded();
    const { fault, unroutable, ...settlement } = await publishBatch(bus, messages, signal);
    await settle(postgres.fork(), settlement);
    for (const error of unroutable) log.error({ err: error, schema }, 'an event has no queue and waits in the outbox');
    if (fault) {
      log.warn({ err: fault, schema, waitMs: backOff.failed() }, 'the relay cannot publish');
      return;
    }
  }
}
