/**
 * Events that need no claim.
 *
 * Who writes an event may write it with a lease (`LEASE_SECONDS`) and, once it is committed, hand it to the relay of its own
 * process, which sends it without asking the database what there is to send. Only an event that no earlier one of its
 * subject can still wait before may go this way: the first of its subject, or one that answers to what the first has set
 * off. When the process dies before that is written down, the lease ends and any relay claims the event like every other.
 *
 * Under load, events go out together: at most one batch in `PACE_MS`, and what was sent is written down every
 * `SETTLING_MS`. Alone, an event goes out at once.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { DomainEvent } from '@storefront/schema/events/event.ts';
import type { BackOff } from '../back-off/back-off.ts';
import type { Bus } from '../bus/bus.ts';
import type { Log } from '../log/log.ts';
import type { Postgres } from '../postgres/open.ts';
import { exchangeOf, outboxSubject } from './append-events.ts';
import type { ClaimedMessage, Settlement } from './claims.ts';
import { publishBatch } from './publish-batch.ts';
import { settleInTime } from './settle-in-time.ts';
import type { BacklogWatch } from './watch-backlog.ts';

/**
 * The lease of an event that will be handed over, in seconds: its `not_before` is so far ahead. Shorter than that of a claim:
 * it is sent at once or, when the broker does not answer within 5 s, given up; and it waits for so long when its process dies.
 */
export const LEASE_SECONDS = 10;

const PACE_MS = 25;
const SETTLING_MS = 150;
const MOST_UNSETTLED = 100;

/** Takes over events that have been committed with a lease. */
export interface Outbox {
  /** Sends them, in their order, at least once, whatever happens to this process. Never throws. */
  handOver(events: readonly DomainEvent[]): void;
}

/** What handing over works with. */
export interface HandOverDeps {
  readonly postgres: Pick<Postgres, 'fork'>;
  readonly bus: Pick<Bus, 'publish'>;
  readonly log: Log;
  readonly watch: BacklogWatch;
  readonly backOff: BackOff;
}

/** The part of a relay that is handed events. */
export interface HandOver extends Outbox {
  /** Sends and writes down what is in hand. */
  close(): Promise<void>;
}

/** Starts to take events over; `onFault` is told when the broker cannot be used. */
export function createHandOver(deps: HandOverDeps, onFault: (fault: unknown) => void): HandOver {
  const { bus, log, watch, backOff } = deps;
  const never = new AbortController().signal; // what is in hand is sent even while the process stops
  const apart = AsyncLocalStorage.snapshot(); // who hands over may be abandoned; what they have committed is sent all the same
  let waiting: ClaimedMessage[] = [];
  let sendsAt: NodeJS.Timeout | undefined;
  let lastSentAt = -Infinity;
  const sending = new Set<Promise<void>>();
  const book = createBook(deps);

  function sendWaiting(): void {
    sendsAt = undefined;
    lastSentAt = performance.now();
    const batch = waiting;
    waiting = [];
    if (batch.length === 0) return;
    const work = send(batch).finally(() => sending.delete(work));
    sending.add(work);
  }

  async function send(batch: readonly ClaimedMessage[]): Promise<void> {
    // While the broker is away they are left to the claims: those wait for it, and keep the order.
    if (backOff.pausedMs() > 0)
      return book.note({ publishedIds: [], failed: [], untriedIds: batch.map(({ id }) => id) });
    const { fault, unroutable, ...outcome } = await publishBatch(bus, batch, never);
    watch.published(outcome.publishedIds.length);
    watch.failed('unroutable', unroutable.length);
    for (const error of unroutable) log.error({ err: error }, 'an event has no queue and waits in the outbox');
    if (fault) onFault(fault);
    book.note(outcome);
  }

  return {
    handOver: (events) => {
      for (const event of events) {
        const subject = outboxSubject(event);
        waiting.push({ id: event.id, subject, exchange: exchangeOf(event), attempts: 0, event });
      }
      sendsAt ??= apart(setTimeout, sendWaiting, Math.max(0, lastSentAt + PACE_MS - performance.now()));
    },
    close: async () => {
      clearTimeout(sendsAt);
      sendWaiting();
      await Promise.all(sending);
      await book.close();
    },
  };
}

/** Writes down outcomes, many at a time. What cannot be written down is sent again when its lease is over. */
function createBook({ postgres, log }: HandOverDeps) {
  let noted: Settlement[] = [];
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();

  function write(): void {
    clearTimeout(timer);
    timer = undefined;
    const outcomes = noted;
    noted = [];
    if (outcomes.length === 0) return;
    const outcome = {
      publishedIds: outcomes.flatMap(({ publishedIds }) => publishedIds),
      failed: outcomes.flatMap(({ failed }) => failed),
      untriedIds: outcomes.flatMap(({ untriedIds }) => untriedIds),
    };
    writing = writing
      .then(() => settleInTime({ postgres, log }, outcome))
      .catch((error: unknown) => log.warn({ err: error }, 'what was sent is not written down, and is sent again'));
  }
  return {
    note: (outcome: Settlement) => {
      noted.push(outcome);
      const count = noted.reduce((sum, { publishedIds }) => sum + publishedIds.length, 0);
      if (count >= MOST_UNSETTLED) write();
      else timer ??= setTimeout(write, SETTLING_MS);
    },
    close: async () => {
      write();
      await writing;
    },
  };
}
