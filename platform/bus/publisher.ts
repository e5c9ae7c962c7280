import type { ConfirmChannel, RecoveringChannelModel } from 'amqplib';
import type { DomainEvent } from '@storefront/schema/events/event.ts';
import { BusUnavailable, UnroutableEvent } from './faults.ts';
import { declareExchange } from './topology.ts';

const CONFIRM_TIMEOUT_MS = 5_000;

/** The sending half of a bus. */
export interface Publisher {
  publish(event: DomainEvent, exchange: string): Promise<void>;
  ping(): Promise<void>;
}

interface Session {
  readonly channel: ConfirmChannel;
  readonly exchanges: Set<string>;
  /** How often the broker gave back each event that still waits for its confirm. A return comes before the confirm. */
  readonly returned: Map<string, number>;
}

/** Publishes on one confirm channel, opened when first needed and replaced when the broker closes it. */
export function createPublisher(model: RecoveringChannelModel): Publisher {
  let opening: Promise<Session> | undefined;

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
    channel.on('error', () => undefined); // 'close' follows, and fails what waits for a confirm
    channel.on('close', () => (opening = undefined));
    channel.on('return', ({ properties }) => {
      const id = String(properties.messageId);
      current.returned.set(id, (current.returned.get(id) ?? 0) + 1);
    });
    return current;
  }

  return {
    publish: (event, exchange) =>
      withinDeadline(
        session().then((current) => send(current, event, exchange)),
        event,
      ),
    ping: async () => void (await (await session()).channel.checkExchange('amq.topic')),
  };
}

async function send({ channel, exchanges, returned }: Session, event: DomainEvent, exchange: string): Promise<void> {
  if (!exchanges.has(exchange)) {
    await declareExchange(channel, exchange);
    exchanges.add(exchange);
  }
  await new Promise<void>((resolve, reject) => {
    channel.publish(exchange, event.type, Buffer.from(JSON.stringify(event)), properties(event), (error: unknown) =>
      error ? reject(error) : resolve(),
    );
  }).finally(() => {
    const times = returned.get(event.id) ?? 0;
    if (times > 1) returned.set(event.id, times - 1);
    else returned.delete(event.id);
    if (times > 0) throw new UnroutableEvent(`no queue takes ${event.type} from the exchange ${exchange}`);
  });
}

function properties(event: DomainEvent) {
  return {
    mandatory: true,
    persistent: true,
    messageId: event.id,
    type: event.type,
    timestamp: Math.floor(Date.parse(event.time) / 1000),
    contentType: 'application/cloudevents+json',
  };
}

async function withinDeadline(sending: Promise<void>, event: DomainEvent): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no confirm within ${CONFIRM_TIMEOUT_MS} ms`)), CONFIRM_TIMEOUT_MS);
  });
  try {
    await Promise.race([sending, deadline]);
  } catch (cause) {
    if (cause instanceof UnroutableEvent) throw cause;
    throw new BusUnavailable(`cannot publish ${event.type} ${event.id}`, { cause });
  } finally {
    clearTimeout(timer);
  }
}
