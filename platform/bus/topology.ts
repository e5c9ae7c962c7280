import type { Channel } from 'amqplib';

/** How often an event is tried before it becomes a dead letter. */
export const DELIVERY_LIMIT = 5;

/** After how long an event is tried again that failed for a reason which may pass, in milliseconds: one pause for each try. */
export const RETRY_DELAYS_MS: readonly number[] = Object.freeze([1_000, 5_000, 30_000, 30_000]);

/** To look at a dead letter is a delivery too, and RabbitMQ 4 would throw a letter away after 20. */
const LOOKS_AT_DEAD_LETTERS = 1_000_000;

/** The direct exchange that takes dead letters, by the name of the queue they come from. */
export const DEAD_LETTERS = 'dead-letters';

/** Which events a queue gets: those of `exchange` whose type matches one of `routingKeys` (`*` a word, `#` any number). */
export interface Binding {
  readonly exchange: string;
  readonly routingKeys: readonly string[];
}

/** A queue and what it gets. */
export interface QueueDefinition {
  readonly queue: string;
  readonly bindings: readonly Binding[];
  /** One of its consumers gets every event, in order; the others wait until that one is gone. Default false: they share. */
  readonly isOrdered?: boolean;
}

/** The queue that keeps the dead letters of `queue`. */
export function deadLetterQueue(queue: string): string {
  return `${queue}.dead`;
}

/** The topic exchange that gets the events of every other one, for whoever carries events without knowing who sends them. */
export const ALL_EVENTS = 'events';

/**
 * Declares a topic exchange of events and has it forward to `events` too. The same again changes nothing. Queues are bound
 * before this: once an exchange forwards, the broker confirms what reaches the one queue behind `events`, whoever else has
 * not been bound yet.
 */
export async function declareForwarding(channel: Channel, exchange: string): Promise<void> {
  await channel.assertExchange(exchange, 'topic', { durable: true });
  if (exchange === ALL_EVENTS) return;
  await channel.assertExchange(ALL_EVENTS, 'topic', { durable: true });
  await channel.bindExchange(ALL_EVENTS, exchange, '#');
}

/** Declares queues with their bindings, and then the forwarding of their exchanges. The same again changes nothing. */
export async function declareQueues(channel: Channel, queues: readonly QueueDefinition[]): Promise<void> {
  for (const queue of queues) await declareQueue(channel, queue);
  const exchanges = new Set(queues.flatMap(({ bindings }) => bindings.map(({ exchange }) => exchange)));
  for (const exchange of exchanges) await declareForwarding(channel, exchange);
}

/**
 * Declares what a consumer needs: its exchanges, its quorum queue with bindings, and `<queue>.dead` behind it.
 * The broker counts deliveries too (x-delivery-limit), for consumers that die without an answer. Dead letters are handed
 * over at least once, which needs `reject-publish`: a full queue then refuses, and the publisher keeps what it has.
 * Source: rabbitmq.com/docs/quorum-queues
 */
async function declareQueue(channel: Channel, { queue, bindings, isOrdered = false }: QueueDefinition): Promise<void> {
  const dead = deadLetterQueue(queue);
  await channel.assertExchange(DEAD_LETTERS, 'direct', { durable: true });
  await channel.assertQueue(dead, {
    durable: true,
    arguments: { 'x-queue-type': 'quorum', 'x-delivery-limit': LOOKS_AT_DEAD_LETTERS },
  });
  await channel.bindQueue(dead, DEAD_LETTERS, queue);
  await channel.assertQueue(queue, {
    durable: true,
    arguments: {
      'x-queue-type': 'quorum',
      'x-delivery-limit': DELIVERY_LIMIT,
      'x-dead-letter-exchange': DEAD_LETTERS,
      'x-dead-letter-routing-key': queue,
      'x-dead-letter-strategy': 'at-least-once',
      'x-overflow': 'reject-publish',
      ...(isOrdered ? { 'x-single-active-consumer': true } : {}),
    },
  });
  for (const { exchange, routingKeys } of bindings) {
    await channel.assertExchange(exchange, 'topic', { durable: true });
    for (const routingKey of routingKeys) await channel.bindQueue(queue, exchange, routingKey);
  }
}

/** The exchange, and the queue behind it, where an event rests for so long before it goes back to its queue. */
export function retryQueue(delayMs: number): string {
  return `retry.${delayMs}ms`;
}

/**
 * Declares the queues in which events rest. A letter comes with the name of its own queue as routing key, which is where
 * the default exchange takes it when its time is over; every queue of the house shares them.
 */
export async function declareRetryQueues(channel: Channel, delaysMs: readonly number[]): Promise<void> {
  for (const delayMs of new Set(delaysMs)) {
    const name = retryQueue(delayMs);
    await channel.assertExchange(name, 'fanout', { durable: true });
    await channel.assertQueue(name, {
      durable: true,
      arguments: {
        'x-queue-type': 'quorum',
        'x-message-ttl': delayMs,
        'x-dead-letter-exchange': '',
        'x-dead-letter-strategy': 'at-least-once',
        'x-overflow': 'reject-publish',
      },
    });
    await channel.bindQueue(name, name, '');
  }
}
