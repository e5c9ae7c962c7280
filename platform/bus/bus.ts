import { setTimeout as delay } from 'node:timers/promises';
import type { DomainEvent } from '@storefront/schema/events/event.ts';
import type { Log } from '../log/log.ts';
import { createMetrics, type Metrics } from '../telemetry/metrics.ts';
import { closeChannel, openConnection } from './connection.ts';
import { type ConsumeOptions, type Consumer, startConsumer } from './consumer.ts';
import { type EventListener, type ListenOptions, startEventListener } from './event-listener.ts';
import { createPublisher } from './publisher.ts';
import type { Tracer } from '../telemetry/tracer.ts';
import { tracePublishing } from './trace-messages.ts';
import { declareQueues, type QueueDefinition, RETRY_DELAYS_MS } from './topology.ts';

export { BusUnavailable, PermanentFault, UnroutableEvent } from './faults.ts';
export type { ConsumeOptions, Consumer } from './consumer.ts';
export type { Binding, QueueDefinition } from './topology.ts';

const DEPTHS_TIMEOUT_MS = 1_000;

/** Where RabbitMQ is, and what its management page calls this connection. */
export interface BusOptions {
  readonly url: string;
  readonly log: Log;
  readonly name: string;
  /** Where consumers count what they handle. */
  readonly metrics?: Metrics;
  /** Makes spans of what is published and handled. Default: none. */
  readonly tracer?: Tracer | null;
  /** The pauses before an event is tried again, in milliseconds. Default 1, 5, 30 and 30 s. */
  readonly retryDelaysMs?: readonly number[];
}

/** One connection to RabbitMQ that heals itself. Whoever opens it closes it. */
export interface Bus {
  /**
   * Publishes with the event's type as routing key, persistent, and waits for the broker's confirm: at least once; one
   * caller that awaits each call keeps its order. While the broker is away it waits for it, within the same 5 s.
   * @throws BusUnavailable after 5 s without a confirm, or when the broker refuses: the outcome is unknown, so send again
   * @throws UnroutableEvent when no queue is bound for it
   * Source: rabbitmq.com/docs/confirms
   */
  publish(event: DomainEvent, exchange: string): Promise<void>;
  /**
   * Declares queues and their bindings. Whoever publishes declares the queues of all who need its events first: an event
   * is then never confirmed before each of them can get it, whichever service starts first. They are declared again, before
   * anything is published, after each reconnect: the broker may have come back without its data.
   */
  declare(queues: readonly QueueDefinition[]): Promise<void>;
  /** Declares the queue and its bindings and handles its events, at least once each (see consumer.ts). */
  consume(options: ConsumeOptions): Promise<Consumer>;
  /** Hears events from now on, for this process alone, and proves that it hears them (see event-listener.ts). */
  listen(options: ListenOptions): EventListener;
  /** Tells when a lost connection is there again. Returns what ends the telling. */
  onBack(listener: () => void): () => void;
  /** Resolves when the broker answers. While it is away this waits: give it a deadline. */
  ping(): Promise<void>;
  /** Closes the consumers that are still open, then the connection; waits for no answer of the broker longer than 2 s. */
  close(): Promise<void>;
}

/**
 * Connects to RabbitMQ. A lost connection is made again, tried every 0.1 to
 * 5 s; a frozen broker is noticed by heartbeat within 15 s. Consumers and their queues come back with the connection.
 * @throws CodedError BUS_UNREACHABLE with host and cause when the first connection cannot be made
 */
export async function openBus(options: BusOptions): Promise<Bus> {
  const { url, log, name, metrics = createMetrics(name), tracer = null, retryDelaysMs = RETRY_DELAYS_MS } = options;
  const connection = await openConnection(url, name);
  const { model } = connection;
  model.on('error', (error) => log.warn({ err: error }, 'RabbitMQ connection fault'));
  model.on('disconnect', (error) => log.warn({ err: error }, 'lost RabbitMQ'));
  model.on('connect', () => log.info('RabbitMQ is back'));
  model.on('blocked', (reason) => log.warn({ reason }, 'RabbitMQ takes no events for now'));
  model.on('unblocked', () => log.info('RabbitMQ takes events again'));
  const declared: QueueDefinition[] = [];
  const publisher = createPublisher(model, declared);
  const consumers = new Set<Consumer>();
  const others = new Set<Pick<Consumer, 'close'>>();
  tellDepths(metrics, consumers);
  const { ping } = publisher;
  const publish = tracer ? tracePublishing(publisher.publish, tracer) : publisher.publish;
  return {
    publish: (event, exchange) => publish(event, exchange),
    ping,
    onBack: (listener) => {
      model.on('connect', listener);
      return () => void model.off('connect', listener);
    },
    declare: async (queues) => {
      declared.push(...queues);
      const channel = await model.createChannel();
      await declareQueues(channel, queues).finally(() => closeChannel(channel));
    },
    consume: async (options) => {
      const consumer = await startConsumer({ model, publisher, metrics, tracer, log, retryDelaysMs }, options);
      consumers.add(consumer);
      return consumer;
    },
    listen: (options) => {
      const listener = startEventListener({ model, log }, options);
      others.add(listener);
      return listener;
    },
    close: async () => {
      await Promise.all([...consumers, ...others].map((consumer) => consumer.close()));
      await connection.close();
    },
  };
}

/** What nobody knows within a second, because the broker is away, is not told. */
function tellDepths(metrics: Metrics, consumers: ReadonlySet<Consumer>): void {
  metrics.gauges(
    { name: 'bus_queue_messages', help: 'Messages that wait in the queues of this service.', labels: ['queue'] },
    async () => {
      const known = Promise.all([...consumers].map((consumer) => consumer.depths()));
      const depths = await Promise.race([known, delay(DEPTHS_TIMEOUT_MS, [], { ref: false })]);
      return depths.flat().map(({ queue, messages }) => ({ labels: { queue }, value: messages }));
    },
  );
}
