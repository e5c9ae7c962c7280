/**
 * A consumer's promises.
 * Every event of the queue is handled at least once: it is acknowledged after `handle` has resolved, and comes again when
 * the process, the channel or the broker dies before that. Up to `prefetch` events are handled at once, so that there is
 * no order between them; `prefetch: 1` keeps the order of the queue except for what comes again.
 * A fault puts the event back after 200 ms; the fifth makes it a dead letter. What cannot be read, and PermanentFault,
 * are dead letters at once. Dead letters are in `<queue>.dead`.
 */
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Channel, ConsumeMessage, RecoveringChannelModel } from 'amqplib';
import { EventRefused, parseEnvelope, type DomainEvent } from '@storefront/schema/events/event.ts';
import type { Log } from '../log/log.ts';
import { PermanentFault } from './faults.ts';
import { type Binding, declareQueue, DELIVERY_LIMIT } from './topology.ts';

const DEFAULT_PREFETCH = 20;
const REQUEUE_DELAY_MS = 200;
const REOPEN_DELAY_MS = 500;
const DRAIN_TIMEOUT_MS = 10_000;

/** What is consumed, and by what. */
export interface ConsumeOptions {
  readonly queue: string;
  readonly bindings: readonly Binding[];
  /** How many events are handled at once. Default 20. */
  readonly prefetch?: number;
  /** The effect of one event. It may see an event twice. */
  handle(event: DomainEvent): Promise<void>;
}

/** A running consumer. */
export interface Consumer {
  /** Takes no more events and waits up to 10 s for those in hand; the rest comes again elsewhere. Again is harmless. */
  close(): Promise<void>;
}

/** Starts to consume and resolves when the queue is declared and events can arrive. @throws what the broker refuses */
export async function startConsumer(
  { model, log }: { model: RecoveringChannelModel; log: Log },
  options: ConsumeOptions,
): Promise<Consumer> {
  const closing = new AbortController();
  const running = new Set<Promise<void>>();
  let current = await subscribe();
  void watch();
  return {
    close: async () => {
      closing.abort();
      await current.channel.cancel(current.consumerTag).catch(() => undefined); // a closed channel has no consumer
      const drained = Promise.allSettled(running);
      await Promise.race([drained, delay(DRAIN_TIMEOUT_MS, undefined, { ref: false })]);
      await current.channel.close().catch(() => undefined);
    },
  };

  async function subscribe() {
    const channel = await model.createChannel();
    channel.on('error', (error) => log.warn({ err: error, queue: options.queue }, 'the channel of a consumer broke'));
    const closed = once(channel, 'close', { signal: closing.signal }).catch(() => undefined);
    await declareQueue(channel, options.queue, options.bindings);
    await channel.prefetch(options.prefetch ?? DEFAULT_PREFETCH);
    const { consumerTag } = await channel.consume(options.queue, (message) => take(channel, message));
    return { channel, consumerTag, closed };
  }

  /** Subscribes again for as long as the consumer is open. */
  async function watch(): Promise<void> {
    while (!closing.signal.aborted) {
      await current.closed;
      while (!closing.signal.aborted) {
        try {
          await delay(REOPEN_DELAY_MS, undefined, { signal: closing.signal });
          current = await subscribe();
          if (closing.signal.aborted) await current.channel.close();
          break;
        } catch (error) {
          if (!closing.signal.aborted) log.warn({ err: error, queue: options.queue }, 'cannot consume yet');
        }
      }
    }
  }

  function take(channel: Channel, message: ConsumeMessage | null): void {
    if (message === null) {
      channel.close().catch(() => undefined); // the broker cancelled us, for example because the queue was deleted
      return;
    }
    const work = handle(channel, message).finally(() => running.delete(work));
    running.add(work);
  }

  async function handle(channel: Channel, message: ConsumeMessage): Promise<void> {
    try {
      await options.handle(read(message));
      answer(() => channel.ack(message));
    } catch (error) {
      const tries = Number(message.properties.headers?.['x-delivery-count'] ?? 0) + 1;
      const isDead = error instanceof PermanentFault || error instanceof EventRefused || tries >= DELIVERY_LIMIT;
      const facts = { err: error, queue: options.queue, eventId: message.properties.messageId, tries };
      if (isDead) log.error(facts, 'an event became a dead letter');
      else log.warn(facts, 'an event will be tried again');
      if (!isDead) await delay(REQUEUE_DELAY_MS);
      answer(() => channel.nack(message, false, !isDead));
    }
  }

  /** A closed channel cannot answer: the broker then delivers the event again. */
  function answer(send: () => void): void {
    try {
      send();
    } catch (error) {
      log.debug({ err: error, queue: options.queue }, 'could not answer the broker');
    }
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
