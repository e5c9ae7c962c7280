/**
 * The relay's promises.
 * Every event that committed is published at least once, for as long as some relay of its service runs: a row is marked
 * only after the broker's confirm. Events of one subject go out in the order of the outbox, with any number of relays
 * (claims.ts says how). While the broker is away rows stay pending; the relay tries again after 0.2 to 30 s, and at once
 * when the connection is back. An event that no queue takes pauses its own subject alone, and is an alarm
 * (watch-backlog.ts). An event may come twice, after a crash or an unknown outcome.
 */
import { type BackOff, createBackOff, pause } from '../back-off/back-off.ts';
import type { Bus } from '../bus/bus.ts';
import type { Log } from '../log/log.ts';
import type { Postgres } from '../postgres/open.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { type AlarmClock, createAlarmClock } from './alarm-clock.ts';
import { claim, measurePending } from './claims.ts';
import { createHandOver, type Outbox } from './hand-over.ts';
import { outboxChannel, outboxWriter } from './outbox-table.ts';
import { publishBackOff, publishBatch } from './publish-batch.ts';
import { settleInTime } from './settle-in-time.ts';
import { type Backlog, type BacklogWatch, watchBacklog } from './watch-backlog.ts';

/** How long a relay waits after a notification for others to come: one claim then takes them all. */
const GATHER_MS = 15;
/** How long it leaves what another process wrote to that process's own relay. */
const OTHERS_MS = 150;
/** Under load it claims at most once in so long. */
const PACE_MS = 50;

/** What a relay works with. */
export interface RelayDeps {
  readonly postgres: Pick<Postgres, 'fork' | 'listen'>;
  readonly bus: Pick<Bus, 'publish' | 'onBack'>;
  readonly metrics: Metrics;
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
export interface Relay extends Outbox {
  /** What waited at the last look, at most `pollMs` old; the age counts on. For readiness. */
  stats(): Backlog;
  /** Finishes the batch in hand. */
  close(): Promise<void>;
}

/** Starts to publish the outbox of a service. @throws CodedError DATABASE_UNREACHABLE when it cannot listen */
export async function startRelay(
  deps: RelayDeps,
  { schema, pollMs = 1_000, batchSize = 100 }: RelayOptions,
): Promise<Relay> {
  const { postgres, bus, log } = deps;
  const closing = new AbortController();
  const backOff = createBackOff(publishBackOff);
  const watch = watchBacklog(deps, schema);
  const draining = { schema, batchSize, backOff, watch, signal: closing.signal };
  const clock = createAlarmClock();
  let drainedAt = -Infinity;
  const inHand = createHandOver({ ...deps, watch, backOff }, (fault) => {
    if (backOff.pausedMs() > 0) return;
    watch.failed('broker', 1);
    log.warn({ err: fault, schema, waitMs: backOff.failed() }, 'the relay cannot publish');
  });
  const listener = await postgres.listen(outboxChannel(schema), (writer) => {
    if (backOff.pausedMs() > 0) return;
    const restMs = drainedAt + PACE_MS - performance.now();
    clock.wakeIn(Math.max(restMs, writer === outboxWriter() ? GATHER_MS : OTHERS_MS));
  });
  const stopHearing = bus.onBack(() => {
    backOff.succeeded();
    clock.wakeIn(0);
  });
  const drained = () => {
    drainedAt = performance.now();
  };
  const running = run(deps, { ...draining, clock, pollMs, drained });
  return {
    handOver: inHand.handOver,
    stats: () => ({ ...watch.backlog(), oldestAgeMs: Math.round(watch.backlog().oldestAgeMs) }),
    close: async () => {
      closing.abort();
      stopHearing();
      await running;
      await inHand.close();
      await listener.close();
    },
  };
}

interface Round extends Draining {
  readonly clock: AlarmClock;
  readonly pollMs: number;
  drained(): void;
}

/** Drains whenever it is woken or `pollMs` are over, and counts what is left. Ends with the signal. */
async function run(deps: RelayDeps, round: Round): Promise<void> {
  const { schema, backOff, watch, signal, clock, pollMs } = round;
  let lookedAt = -Infinity;
  while (!signal.aborted) {
    clock.rewind();
    try {
      if (backOff.pausedMs() === 0) await drain(deps, round);
      round.drained();
      await look();
    } catch (error) {
      deps.log.warn({ err: error, schema, waitMs: backOff.failed() }, 'the relay cannot reach its outbox');
    }
    const waitMs = Math.min(pollMs, backOff.pausedMs() || pollMs);
    await pause(waitMs, AbortSignal.any([signal, clock.signal]));
  }

  /** Not after every batch: under load the backlog is counted twice in `pollMs`. */
  async function look(): Promise<void> {
    if (performance.now() - lookedAt < pollMs / 2) return;
    watch.looked(await measurePending(deps.postgres.fork()));
    lookedAt = performance.now();
  }
}

interface Draining {
  readonly schema: string;
  readonly batchSize: number;
  readonly backOff: BackOff;
  readonly watch: BacklogWatch;
  readonly signal: AbortSignal;
}

/** Publishes batch after batch until one is not full, or the broker cannot be used. What comes meanwhile wakes again. */
async function drain({ postgres, bus, log }: RelayDeps, draining: Draining): Promise<void> {
  const { schema, batchSize, backOff, watch, signal } = draining;
  while (!signal.aborted) {
    const messages = await claim(postgres.fork(), batchSize);
    if (messages.length === 0) return backOff.succeeded();
    const { fault, unroutable, ...settlement } = await publishBatch(bus, messages, signal);
    await settleInTime({ postgres, log }, settlement);
    watch.published(settlement.publishedIds.length);
    watch.failed('unroutable', unroutable.length);
    for (const error of unroutable) log.error({ err: error, schema }, 'an event has no queue and waits in the outbox');
    if (fault) {
      watch.failed('broker', 1);
      log.warn({ err: fault, schema, waitMs: backOff.failed() }, 'the relay cannot publish');
      return;
    }
    if (messages.length < batchSize && unroutable.length === 0) return backOff.succeeded();
  }
}
