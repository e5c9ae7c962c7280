import { randomUUIDv7 } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Channel, ConsumeMessage } from 'amqplib';
import { type DomainEvent, EventRefused, parseEnvelope } from '@storefront/schema/events/event.ts';
import { describeFault } from '../errors/coded-error.ts';
import { isUnavailable } from '../errors/unavailable.ts';
import type { Log } from '../log/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Tracer } from '../telemetry/tracer.ts';
import { traceHandling, traceOf } from './trace-messages.ts';
import { PermanentFault } from './faults.ts';
import type { Letter, Publisher } from './publisher.ts';
import { DEAD_LETTERS, DELIVERY_LIMIT, retryQueue } from './topology.ts';

const DRAIN_TIMEOUT_MS = 10_000;
const REQUEUE_PAUSE_MS = 200;
const MAX_FAULT_LENGTH = 500;
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** The events that a consumer has in hand. */
export interface Deliveries {
  /** Handles one message and answers the broker on the channel that it came by. Never throws. */
  take(channel: Channel, message: ConsumeMessage): void;
  /** Resolves when no event is in hand, or after 10 s. */
  drained(): Promise<void>;
}

/** What deliveries work with. */
export interface DeliveryDeps {
  readonly publisher: Pick<Publisher, 'forward'>;
  readonly metrics: Metrics;
  /** Default: nothing is traced. */
  readonly tracer?: Tracer | null;
  readonly log: Log;
  readonly retryDelaysMs: readonly number[];
}

/** What a consumer does with events. */
export interface Handling {
  readonly queue: string;
  handle(event: DomainEvent): Promise<void>;
}

/** Handles deliveries as consumer.ts promises: ack when done, again later after a fault, to the dead letters when in vain. */
export function createDeliveries(deps: DeliveryDeps, options: Handling): Deliveries {
  const running = new Set<Promise<void>>();
  const lastOfSubject = new Map<string, Promise<void>>();
  const deliver = createDelivery(createMeter(deps.metrics), deps, options);

  /** Begins when the event before it of the same subject is done with. */
  function inTurn(subject: string, work: () => Promise<void>): Promise<void> {
    const before = lastOfSubject.get(subject);
    const mine = before ? before.then(work) : work();
    lastOfSubject.set(subject, mine);
    return mine.finally(() => {
      if (lastOfSubject.get(subject) === mine) lastOfSubject.delete(subject);
    });
  }
  return {
    take: (channel, message) => {
      const event = readMessage(message);
      const subject = event instanceof EventRefused ? '' : event.subject;
      const work = inTurn(subject, () => deliver(channel, message, event)).finally(() => running.delete(work));
      running.add(work);
    },
    drained: async () => {
      const deadline = new AbortController();
      await Promise.race([
        Promise.all(running),
        delay(DRAIN_TIMEOUT_MS, undefined, { signal: deadline.signal }).catch(() => undefined), // only an abort rejects
      ]);
      deadline.abort();
    },
  };
}

type Deliver = (channel: Channel, message: ConsumeMessage, event: DomainEvent | EventRefused) => Promise<void>;

/** What is counted of deliveries. */
export function createMeter(metrics: Metrics) {
  return {
    handled: metrics.counter({
      name: 'bus_events_total',
      help: 'Events by what became of them: done, retried, dead.',
      labels: ['queue', 'outcome'],
    }),
    took: metrics.histogram(
      { name: 'bus_handling_seconds', help: 'How long the handling of an event took.', labels: ['queue'] },
      SECONDS,
    ),
  };
}

function createDelivery(
  { handled, took }: ReturnType<typeof createMeter>,
  deps: DeliveryDeps,
  { queue, handle: bare }: Handling,
): Deliver {
  const { tracer, log } = deps;
  const handle = tracer ? traceHandling(bare, queue, tracer) : bare;
  return async (channel, message, event) => {
    const startedAt = performance.now();
    let answer: 'ack' | 'requeue' = 'ack';
    try {
      if (event instanceof EventRefused) throw event;
      await handle(event, message);
      handled.add({ queue, outcome: 'done' });
    } catch (error) {
      const verdict = judge(message, error, deps.retryDelaysMs);
      const facts = { err: error, queue, eventId: message.properties.messageId, tries: verdict.tries };
      if (verdict.outcome === 'dead') log.error(facts, 'an event became a dead letter');
      else log.warn({ ...facts, delayMs: verdict.delayMs }, 'an event will be tried again');
      handled.add({ queue, outcome: verdict.outcome });
      if (!(await sendOn(deps, queue, message, verdict, error))) answer = 'requeue';
    }
    took.observe((performance.now() - startedAt) / 1_000, { queue });
    try {
      if (answer === 'ack') channel.ack(message);
      else channel.nack(message, false, true);
    } catch (error) {
      log.debug({ err: error, queue }, 'the channel closed before the answer, so the event comes again');
    }
  };
}

interface Verdict {
  readonly outcome: 'retried' | 'dead';
  /** How often the event has been tried in vain; tries while something was away do not count. */
  readonly tries: number;
  /** How often it has rested. */
  readonly rests: number;
  readonly delayMs: number;
}

/** The broker counts the deliveries that nobody answered; the headers, the tries that failed and rested since. */
function judge({ properties }: ConsumeMessage, error: unknown, delaysMs: readonly number[]): Verdict {
  const headers: Record<string, unknown> = properties.headers ?? {};
  const before = Number(headers['x-tries'] ?? 0) + Number(headers['x-delivery-count'] ?? 0);
  const rests = Number(headers['x-rests'] ?? 0);
  const delayMs = delaysMs[Math.min(rests, delaysMs.length - 1)] ?? 0;
  const tries = before + 1;
  const isPermanent = error instanceof PermanentFault || error instanceof EventRefused;
  if (isPermanent) return { outcome: 'dead', tries, rests, delayMs: 0 };
  if (isUnavailable(error)) return { outcome: 'retried', tries: before, rests: rests + 1, delayMs };
  return { outcome: tries >= DELIVERY_LIMIT ? 'dead' : 'retried', tries, rests: rests + 1, delayMs };
}

/** Sends a letter to its rest or to the dead ones, with a confirm. False when that failed: the broker has it still. */
async function sendOn(
  { publisher, log }: DeliveryDeps,
  queue: string,
  message: ConsumeMessage,
  { outcome, tries, rests, delayMs }: Verdict,
  error: unknown,
): Promise<boolean> {
  const { type, timestamp, contentType, messageId } = message.properties;
  const fault = describeFault(error).slice(0, MAX_FAULT_LENGTH);
  const letter: Letter = {
    id: String(messageId ?? randomUUIDv7()),
    content: message.content,
    properties: {
      type,
      timestamp,
      contentType,
      headers: { ...traceOf(message), 'x-tries': tries, 'x-rests': rests, 'x-fault': fault },
    },
  };
  try {
    const exchange = outcome === 'dead' ? DEAD_LETTERS : retryQueue(delayMs);
    await publisher.forward(letter, { exchange, routingKey: queue });
    return true;
  } catch (err) {
    log.warn({ err, queue, eventId: messageId }, 'cannot send an event on, so it goes back to its queue');
    await delay(REQUEUE_PAUSE_MS);
    return false;
  }
}

/** The event in a message, or why there is none. */
export function readMessage(message: ConsumeMessage): DomainEvent | EventRefused {
  try {
    return parseEnvelope(JSON.parse(message.content.toString('utf8')));
  } catch (cause) {
    return cause instanceof EventRefused ? cause : new EventRefused('not JSON', { cause });
  }
}
