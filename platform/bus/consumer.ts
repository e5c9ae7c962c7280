/**
 * A consumer's promises.
 * Every event of the queue is handled at least once: it is acknowledged after `handle` has resolved, and comes again when
 * the process, the channel or the broker dies before that. Up to `prefetch` events are handled at once; those of one
 * subject one after the other, in the order in which they came to this consumer. Other consumers of the queue, and what
 * comes again, keep no order with them.
 * A fault lets the event rest for 1, 5, 30 and again 30 s, in queues of the broker's; the fifth makes it a dead letter. While what the
 * handler needs is away (isUnavailable), an event rests as often as it must. What cannot be read, and PermanentFault, are
 * dead letters at once. Dead letters are in `<queue>.dead`, with the reason among their headers.
 */
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { RecoveringChannelModel } from 'amqplib';
import type { DomainEvent } from '@storefront/schema/events/event.ts';
import type { Log } from '../log/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Tracer } from '../telemetry/tracer.ts';
import { createBatches } from './batches.ts';
import { cancelConsumer, closeChannel } from './connection.ts';
import { createDeliveries, type Deliveries } from './deliveries.ts';
import type { Publisher } from './publisher.ts';
import { deadLetterQueue, declareQueues, declareRetryQueues, type QueueDefinition } from './topology.ts';

const DEFAULT_PREFETCH = 20;
const REOPEN_DELAY_MS = 500;

/** What is consumed, and by what. */
export interface ConsumeOptions extends QueueDefinition {
  /** How many events are handled at once. Default 20. */
  readonly prefetch?: number;
  /** The effect of one event. It may see an event twice. */
  handle(event: DomainEvent): Promise<void>;
  /**
   * The effects of several events at once, of different subjects (unless `mixesSubjects`), all or nothing. For queues where much comes: what has
   * come meanwhile is then handled together, and `handle` gets the events of a batch that failed, one by one.
   */
  handleAll?(events: readonly DomainEvent[]): Promise<void>;
  /** How long a batch gathers under load, in milliseconds. Default 40. */
  readonly paceMs?: number;
  /** A batch may have several events of a subject, in their order. Default false. */
  readonly mixesSubjects?: boolean;
}

/** How many messages wait in a queue. */
export interface QueueDepth {
  readonly queue: string;
  readonly messages: number;
}

/** A running consumer. */
export interface Consumer {
  /** How many messages wait in its queue, and how many among its dead letters. */
  depths(): Promise<readonly QueueDepth[]>;
  /** Takes no more events and waits up to 10 s for those in hand; the rest comes again elsewhere. Again is harmless. */
  close(): Promise<void>;
}

/** What a consumer works with. */
export interface ConsumerDeps {
  readonly model: RecoveringChannelModel;
  readonly publisher: Pick<Publisher, 'forward'>;
  readonly metrics: Metrics;
  readonly tracer?: Tracer | null;
  readonly log: Log;
  readonly retryDelaysMs: readonly number[];
}

/** Starts to consume and resolves when the queue is declared and events can arrive. @throws what the broker refuses */
export async function startConsumer(deps: ConsumerDeps, options: ConsumeOptions): Promise<Consumer> {
  const closing = new AbortController();
  const { handleAll } = options;
  const deliveries = handleAll ? createBatches(deps, { ...options, handleAll }) : createDeliveries(deps, options);
  let current = await subscribe(deps, options, deliveries);
  void watch();
  return {
    depths: () => measureQueues(deps.model, [options.queue, deadLetterQueue(options.queue)]),
    close: async () => {
      closing.abort();
      await current.cancel();
      await deliveries.drained();
      await current.close();
    },
  };

  /** Subscribes again for as long as the consumer is open. */
  async function watch(): Promise<void> {
    while (!closing.signal.aborted) {
      await current.closed;
      await delay(REOPEN_DELAY_MS, undefined, { signal: closing.signal }).catch(() => undefined); // only an abort rejects
      if (closing.signal.aborted) return;
      try {
        current = await subscribe(deps, options, deliveries);
        if (closing.signal.aborted) await current.close();
      } catch (error) {
        deps.log.warn({ err: error, queue: options.queue }, 'cannot consume yet');
      }
    }
  }
}

/** On a channel of its own, since the broker closes one that asks for a queue which is not there. */
async function measureQueues(model: RecoveringChannelModel, queues: readonly string[]): Promise<readonly QueueDepth[]> {
  const channel = await model.createChannel();
  channel.on('error', () => undefined); // the call that caused it is rejected too
  try {
    const found = await Promise.all(queues.map((queue) => channel.checkQueue(queue)));
    return found.map(({ queue, messageCount }) => ({ queue, messages: messageCount }));
  } finally {
    await closeChannel(channel);
  }
}

interface Subscription {
  /** Resolves when the channel is gone, for whatever reason. */
  readonly closed: Promise<unknown>;
  cancel(): Promise<void>;
  close(): Promise<void>;
}

async function subscribe(
  { model, log, retryDelaysMs }: ConsumerDeps,
  options: ConsumeOptions,
  deliveries: Deliveries,
): Promise<Subscription> {
  const { queue, prefetch = DEFAULT_PREFETCH } = options;
  const channel = await model.createChannel();
  channel.on('error', (error) => log.warn({ err: error, queue }, 'the channel of a consumer broke'));
  const closed = once(channel, 'close').catch(() => undefined); // rejects for 'error', and then it is closed too
  await declareRetryQueues(channel, retryDelaysMs);
  await declareQueues(channel, [options]);
  await channel.prefetch(prefetch);
  const { consumerTag } = await channel.consume(queue, (message) => {
    if (message) deliveries.take(channel, message);
    else void closeChannel(channel); // the broker cancelled us, for example because the queue was deleted
  });
  return { closed, cancel: () => cancelConsumer(channel, consumerTag), close: () => closeChannel(channel) };
}
