import type { Channel, ConsumeMessage } from 'amqplib';
import { type DomainEvent, EventRefused } from '@storefront/schema/events/event.ts';
import {
  createDeliveries,
  createMeter,
  type Deliveries,
  type DeliveryDeps,
  type Handling,
  readMessage,
} from './deliveries.ts';
import { traceHandlingAll } from './trace-messages.ts';

const DEFAULT_PACE_MS = 40;

interface Waiting {
  readonly channel: Channel;
  readonly message: ConsumeMessage;
  readonly event: DomainEvent | EventRefused;
}

/** What a consumer does with several events at once. */
export interface BatchHandling extends Handling {
  handleAll(events: readonly DomainEvent[]): Promise<void>;
  /** Under load one batch begins in so long, in milliseconds: events gather meanwhile. One that comes alone does not wait. Default 40. */
  readonly paceMs?: number;
  /** A batch may have several events of a subject, in their order. Default false. */
  readonly mixesSubjects?: boolean;
}

/**
 * Handles what has come meanwhile all at once, no two events of one subject together unless that is allowed, one batch after the other, and
 * acknowledges each batch with one word: everything that came before it has been answered by then. When a batch fails as a
 * whole, each of its events is handled alone (deliveries.ts), so that one bad event is one dead letter.
 */
export function createBatches(deps: DeliveryDeps, options: BatchHandling): Deliveries {
  const { paceMs = DEFAULT_PACE_MS, mixesSubjects = false } = options;
  const handleBatch = createHandler(deps, options);
  let waiting: Waiting[] = [];
  let running: Promise<void> | undefined;
  let beganAt = -Infinity;
  let timer: NodeJS.Timeout | undefined;

  function schedule(): void {
    if (running || timer || waiting.length === 0) return;
    timer = setTimeout(begin, Math.max(0, beganAt + paceMs - performance.now()));
  }

  function begin(): void {
    clearTimeout(timer);
    timer = undefined;
    beganAt = performance.now();
    const [batch, rest] = pickBatch(waiting, mixesSubjects);
    waiting = rest;
    running = handleBatch(batch).finally(() => {
      running = undefined;
      schedule();
    });
  }

  return {
    take: (channel, message) => {
      waiting.push({ channel, message, event: readMessage(message) });
      schedule();
    },
    drained: async () => {
      while (running || waiting.length > 0) {
        if (!running) begin();
        await running;
      }
    },
  };
}

/** Handles one batch and answers the broker. Never throws. */
function createHandler(deps: DeliveryDeps, options: BatchHandling): (batch: readonly Waiting[]) => Promise<void> {
  const { queue } = options;
  const { log, tracer } = deps;
  const handleAll = tracer ? traceHandlingAll(options.handleAll, queue, tracer) : options.handleAll;
  const alone = createDeliveries(deps, options);
  const { handled, took } = createMeter(deps.metrics);
  return handleBatch;

  async function handleBatch(batch: readonly Waiting[]): Promise<void> {
    const startedAt = performance.now();
    const events = batch.flatMap(({ event }) => (event instanceof EventRefused ? [] : [event]));
    const [good, bad] = [batch.filter(isGood), batch.filter((one) => !isGood(one))];
    await handleAlone(bad);
    try {
      if (events.length > 0)
        await handleAll(
          events,
          good.map(({ message }) => message),
        );
    } catch (error) {
      log.debug({ err: error, queue, events: events.length }, 'a batch failed, so each event is handled alone');
      return handleAlone(good);
    }
    handled.add({ queue, outcome: 'done' }, events.length);
    took.observe((performance.now() - startedAt) / 1_000, { queue });
    const last = good.at(-1);
    if (last) acknowledge(last);
  }

  async function handleAlone(batch: readonly Waiting[]): Promise<void> {
    for (const { channel, message } of batch) alone.take(channel, message);
    if (batch.length > 0) await alone.drained();
  }

  /** This message, and each that came before it and has had no answer. */
  function acknowledge({ channel, message }: Waiting): void {
    try {
      channel.ack(message, true);
    } catch (error) {
      log.debug({ err: error, queue }, 'the channel closed before the answer, so the events come again');
    }
  }
}

const isGood = ({ event }: Waiting): boolean => !(event instanceof EventRefused);

/** As many as came by one channel, one after the other, perhaps without a second event of a subject; and the rest. */
function pickBatch(waiting: readonly Waiting[], mixesSubjects: boolean): [batch: Waiting[], rest: Waiting[]] {
  const subjects = new Set<string>();
  const end = waiting.findIndex(({ channel, event }) => {
    if (channel !== waiting[0]?.channel) return true;
    if (mixesSubjects || event instanceof EventRefused) return false;
    const isSecond = subjects.has(event.subject);
    subjects.add(event.subject);
    return isSecond;
  });
  return end === -1 ? [[...waiting], []] : [waiting.slice(0, end), waiting.slice(end)];
}
