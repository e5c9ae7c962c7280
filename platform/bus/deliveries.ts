import { setTimeout as delay } from 'node:timers/promises';
import type { Channel, ConsumeMessage } from 'amqplib';
import { type DomainEvent, EventRefused, parseEnvelope } from '@storefront/schema/events/event.ts';
import type { Log } from '../log/log.ts';
import { PermanentFault } from './faults.ts';
import { DELIVERY_LIMIT } from './topology.ts';

const REQUEUE_DELAY_MS = 200;
const DRAIN_TIMEOUT_MS = 10_000;

/** The events that a consumer has in hand. */
export interface Deliveries {
  /** Handles one message and answers the broker on the channel that it came by. Never throws. */
  take(channel: Channel, message: ConsumeMessage): void;
  /** Resolves when no event is in hand, or after 10 s. */
  drained(): Promise<void>;
}

interface Handling {
  readonly queue: string;
  handle(event: DomainEvent): Promise<void>;
}

/** Handles deliveries as consumer.ts promises: ack when done, again after a fault, to the dead letters when in vain. */
export function createDeliveries(log: Log, options: Handling): Deliveries {
  const running = new Set<Promise<void>>();
  return {
    take: (channel, message) => {
      const work = deliver(log, options, channel, message).finally(() => running.delete(work));
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

async function deliver(log: Log, options: Handling, channel: Channel, message: ConsumeMessage): Promise<void> {
  const { queue } = options;
  let answer = () => channel.ack(message);
  try {
    await options.handle(read(message));
  } catch (error) {
    const tries = Number(message.properties.headers?.['x-delivery-count'] ?? 0) + 1;
    const isDead = error instanceof PermanentFault || error instanceof EventRefused || tries >= DELIVERY_LIMIT;
    const facts = { err: error, queue, eventId: message.properties.messageId, tries };
    if (isDead) log.error(facts, 'an event became a dead letter');
    else log.warn(facts, 'an event will be tried again');
    if (!isDead) await delay(REQUEUE_DELAY_MS);
    answer = () => channel.nack(message, false, !isDead);
  }
  try {
    answer();
  } catch (error) {
    log.debug({ err: error, queue }, 'the channel closed before the answer, so the event comes again');
  }
}

function read(message: ConsumeMessage): DomainEvent {
  let body: unknown;
  try {
    body = JSON.parse(message.content.toString('utf8'));
  } catch (cause) {
    throw new EventRefused('not JSON', { cause });
  }
  return parseEnvelope(body);
}
