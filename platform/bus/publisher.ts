import { type ConfirmChannel, IllegalOperationError, type Options, type RecoveringChannelModel } from 'amqplib';
import type { DomainEvent } from '@storefront/schema/events/event.ts';
import { closeChannel } from './connection.ts';
import { BusUnavailable, UnroutableEvent } from './faults.ts';
import { declareForwarding, declareQueues, type QueueDefinition } from './topology.ts';

const CONFIRM_TIMEOUT_MS = 5_000;

/** A message as it lies on the wire. `id` names it for ever. */
export interface Letter {
  readonly id: string;
  readonly content: Buffer;
  readonly properties: Options.Publish;
}

/** The sending half of a bus. */
export interface Publisher {
  /** `traceparent` goes along as a header: the span in which it is published. */
  publish(event: DomainEvent, exchange: string, traceparent?: string): Promise<void>;
  /** Sends a letter as it is, to an exchange that is there; the same promises and faults as `publish`. */
  forward(letter: Letter, to: { readonly exchange: string; readonly routingKey: string }): Promise<void>;
  ping(): Promise<void>;
}

interface Session {
  readonly channel: ConfirmChannel;
  readonly exchanges: Set<string>;
  /** How often the broker gave back each message that still waits for its confirm. A return comes before the confirm. */
  readonly returned: Map<string, number>;
}

/**
 * Publishes on one confirm channel, opened when first needed and replaced when the broker closes it. On each, the queues in
 * `declared` come first: nothing is published before all of them can get it.
 */
export function createPublisher(model: RecoveringChannelModel, declared: readonly QueueDefinition[]): Publisher {
  let opening: Promise<Session> | undefined;
  let latest: Session | undefined;

  function session(): Promise<Session> {
    opening ??= open().catch((error: unknown) => {
      opening = undefined;
      throw error;
    });
    return opening;
  }

  async function open(): Promise<Session> {
    const channel = await model.createConfirmChannel();
    const current: Session = { channel, exchanges: new Set(), returned: new Map() };
    latest = current;
    channel.on('error', () => undefined); // 'close' follows, and fails what waits for a confirm
    channel.on('close', () => forget(current));
    channel.on('return', ({ properties }) => countReturn(current, String(properties.messageId)));
    await declareQueues(channel, declared);
    return current;
  }

  function forget(session: Session): void {
    if (session === latest) opening = undefined;
  }

  /** A channel that is closed, or that has kept a confirm to itself, is not used again: the next letter gets another. */
  async function use(id: string, task: (current: Session) => Promise<void>): Promise<void> {
    let used: Session | undefined;
    const sending = session().then((current) => {
      used = current;
      return task(current);
    });
    try {
      await withinDeadline(sending);
    } catch (cause) {
      if (cause instanceof UnroutableEvent) throw cause;
      if (used && (cause instanceof NoConfirm || cause instanceof IllegalOperationError)) {
        forget(used);
        void closeChannel(used.channel);
      }
      throw new BusUnavailable(`cannot publish ${id}`, { cause });
    }
  }

  return {
    publish: (event, exchange, traceparent) =>
      use(event.id, async (current) => {
        await declareOnce(current, exchange);
        await send(current, letterOf(event, traceparent), { exchange, routingKey: event.type });
      }),
    forward: (letter, to) => use(letter.id, (current) => send(current, letter, to)),
    ping: async () => void (await (await session()).channel.checkExchange('amq.topic')),
  };
}

function countReturn({ returned }: Session, id: string): void {
  returned.set(id, (returned.get(id) ?? 0) + 1);
}

async function declareOnce({ channel, exchanges }: Session, exchange: string): Promise<void> {
  if (exchanges.has(exchange)) return;
  await declareForwarding(channel, exchange);
  exchanges.add(exchange);
}

async function send(
  { channel, returned }: Session,
  { id, content, properties }: Letter,
  { exchange, routingKey }: { exchange: string; routingKey: string },
): Promise<void> {
  const options = { ...properties, messageId: id, mandatory: true, persistent: true };
  await new Promise<void>((resolve, reject) => {
    channel.publish(exchange, routingKey, content, options, (error: unknown) => (error ? reject(error) : resolve()));
  }).finally(() => {
    const times = returned.get(id) ?? 0;
    if (times > 1) returned.set(id, times - 1);
    else returned.delete(id);
    if (times > 0) throw new UnroutableEvent(`no queue takes ${routingKey} from the exchange ${exchange}`);
  });
}

function letterOf(event: DomainEvent, traceparent: string | undefined): Letter {
  return {
    id: event.id,
    content: Buffer.from(JSON.stringify(event)),
    properties: {
      type: event.type,
      timestamp: Math.floor(Date.parse(event.time) / 1000),
      contentType: 'application/cloudevents+json',
      ...(traceparent === undefined ? {} : { headers: { traceparent } }),
    },
  };
}

/** The broker is silent. */
class NoConfirm extends Error {
  override readonly name = 'NoConfirm';
}

async function withinDeadline(sending: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    const tell = () => reject(new NoConfirm(`no confirm within ${CONFIRM_TIMEOUT_MS} ms`));
    timer = setTimeout(tell, CONFIRM_TIMEOUT_MS);
  });
  return Promise.race([sending, deadline]).finally(() => clearTimeout(timer));
}
