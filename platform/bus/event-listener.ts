/**
 * A listener's promises.
 * It hears every event of the types it follows that is published while it listens, in the order of the broker, for itself alone: each
 * process that listens hears all of them. Nothing is kept for it while it is away, so `onOpen` says each time that it hears again, and
 * that events may have been missed. How far it can be trusted is proved all the time: it sends beats through its own queue, and since
 * a queue keeps its order, a beat that has come back has every event that was confirmed before it was sent in front of it.
 */
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Channel, ConsumeMessage, RecoveringChannelModel } from 'amqplib';
import { type DomainEvent, parseEnvelope } from '@storefront/schema/events/event.ts';
import type { Log } from '../log/log.ts';
import { closeChannel } from './connection.ts';
import { ALL_EVENTS } from './topology.ts';

/** What is listened for, and who hears it. */
export interface ListenOptions {
  /** How often a beat is sent, in milliseconds. Default 50. */
  readonly beatMs?: number;
  /** Called for each event, at once and in order. It must not throw. */
  onEvent(event: DomainEvent): void;
  /** Called when it hears, at the beginning and after each time that the connection was lost. */
  onOpen(): void;
}

/** Hears events from now on. */
export interface EventListener {
  /** Follows events of these types too. Until they can be heard nothing is proved. */
  follow(types: readonly string[]): void;
  /** Every event that was confirmed before this moment has been heard: in the time of `performance.now()`; -Infinity while it does not listen. */
  readonly provedAtMs: number;
  close(): Promise<void>;
}

const reopenDelayMs = 200;
const beatType = 'beat';

/** Starts to listen. Never rejects: while the broker is away it waits for it. */
export function startEventListener(
  { model, log }: { readonly model: RecoveringChannelModel; readonly log: Pick<Log, 'warn'> },
  { beatMs = 50, onEvent, onOpen }: ListenOptions,
): EventListener {
  const closing = new AbortController();
  const types = new Set<string>();
  let session: Session | null = null;
  const onMessage = (from: Session, message: ConsumeMessage) => {
    if (message.properties.type === beatType) from.proved(Number(message.content.toString()));
    else hear({ log, onEvent }, message);
  };
  const open = async () => {
    const opened = new Session(await model.createChannel());
    await opened.listen(types, (message) => onMessage(opened, message));
    onOpen();
    session = opened;
    opened.beat();
    return opened;
  };
  const run = async () => {
    while (!closing.signal.aborted) {
      try {
        const opened = await open();
        await opened.closed;
      } catch (fault) {
        log.warn({ err: fault }, 'events cannot be heard yet');
      }
      session = null;
      await delay(reopenDelayMs, undefined, { signal: closing.signal }).catch(() => undefined); // only an abort rejects
    }
  };
  const running = run();
  const timer = setInterval(() => session?.beat(), beatMs).unref();
  return {
    follow(more) {
      const fresh = more.filter((type) => !types.has(type));
      for (const type of fresh) types.add(type);
      if (fresh.length > 0) session?.bind(fresh);
    },
    get provedAtMs() {
      return session?.provedAtMs ?? -Infinity;
    },
    async close() {
      closing.abort();
      clearInterval(timer);
      await session?.close();
      await running;
    },
  };
}

/** One channel with a queue of its own, which goes when the channel does. */
class Session {
  readonly #channel: Channel;
  readonly closed: Promise<unknown>;
  #queue = '';
  #isOpen = true;
  /** Counts what had to be bound; beats of before prove nothing. */
  #bindings = 0;
  #provesFromMs = Infinity;
  provedAtMs = -Infinity;

  constructor(channel: Channel) {
    this.#channel = channel;
    channel.on('error', () => undefined); // 'close' follows
    this.closed = once(channel, 'close').catch(() => undefined);
    void this.closed.then(() => {
      this.#isOpen = false;
      this.provedAtMs = -Infinity;
    });
  }

  async listen(types: ReadonlySet<string>, onMessage: (message: ConsumeMessage) => void): Promise<void> {
    const channel = this.#channel;
    await channel.assertExchange(ALL_EVENTS, 'topic', { durable: true });
    const { queue } = await channel.assertQueue('', { exclusive: true, autoDelete: true, durable: false });
    this.#queue = queue;
    // What is followed while this goes on is bound as well: a set gives what is added to it.
    for (const type of types) await channel.bindQueue(queue, ALL_EVENTS, type);
    await channel.consume(queue, (message) => message && onMessage(message), { noAck: true });
    this.#provesFromMs = performance.now();
  }

  bind(types: readonly string[]): void {
    this.#bindings += 1;
    const number = this.#bindings;
    this.#provesFromMs = Infinity;
    this.provedAtMs = -Infinity;
    const bound = Promise.all(types.map((type) => this.#channel.bindQueue(this.#queue, ALL_EVENTS, type)));
    const begin = () => {
      if (number === this.#bindings) this.#provesFromMs = performance.now();
    };
    bound.then(begin, () => void this.close()); // a new session binds them
  }

  beat(): void {
    if (!this.#isOpen) return;
    this.#channel.sendToQueue(this.#queue, Buffer.from(String(performance.now())), { type: beatType });
  }

  proved(sentAtMs: number): void {
    if (this.#isOpen && sentAtMs >= this.#provesFromMs) this.provedAtMs = sentAtMs;
  }

  async close(): Promise<void> {
    await closeChannel(this.#channel);
  }
}

function hear({ log, onEvent }: Pick<ListenOptions, 'onEvent'> & { log: Pick<Log, 'warn'> }, message: ConsumeMessage) {
  try {
    onEvent(parseEnvelope(JSON.parse(message.content.toString())));
  } catch (fault) {
    log.warn({ err: fault, type: message.fields.routingKey }, 'an event cannot be read');
  }
}
