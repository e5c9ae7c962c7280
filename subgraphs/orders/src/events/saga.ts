/*
 * What orders does on others' events. Each event has its effect once: the inbox row, the change and what it announces
 * commit together. Events may come late, again, and in any order, so each effect asks the order whether it still applies.
 */
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Bus } from '@storefront/platform/bus/bus.ts';
import { once } from '@storefront/platform/inbox/once.ts';
import type { Outbox } from '@storefront/platform/outbox/hand-over.ts';
import type { DomainEvent } from '@storefront/schema/events/event.ts';
import { orderSaga } from '@storefront/schema/events/queues.ts';
import { createOrderStore } from '../storage/order-store.ts';
import { tellPriceChange } from '../storage/price-news.ts';
import { type Answer, settleOrders } from '../storage/settle-orders.ts';
import type { Clock } from '../use-cases/ports.ts';
import { onProductUpdated } from './on-product-updated.ts';
import { onStockExpired } from './on-stock-expired.ts';
import { onStockRejected } from './on-stock-rejected.ts';
import { onStockReserved } from './on-stock-reserved.ts';
import { onUserDeleted } from './on-user-deleted.ts';
import type { Reaction } from './reaction.ts';
import { readAnswer } from './settle-answers.ts';

const reactions: ReadonlyMap<string, Reaction> = new Map(
  [onStockReserved, onStockRejected, onStockExpired, onUserDeleted, onProductUpdated].map((reaction) => [
    reaction.type,
    reaction,
  ]),
);

/** What the saga needs. `fork` gives a fresh unit of work. */
export interface SagaDeps {
  readonly bus: Pick<Bus, 'consume'>;
  fork(): EntityManager;
  readonly clock: Clock;
  /** Makes UUIDv7s. */
  newEventId(): string;
  /** Who sends at once what the saga announces. */
  readonly outbox?: Outbox | undefined;
}

/** Starts to take products' answers and the news of deleted accounts. Resolves when events can arrive. */
export async function startSaga(deps: SagaDeps): Promise<{ close(): Promise<void> }> {
  return deps.bus.consume({
    ...orderSaga,
    handle: (event) => handleEvent(deps, event),
    handleAll: (events) => handleEvents(deps, events),
  });
}

/** Has the effects of several events of different subjects, each once: the answers of products all together. */
async function handleEvents(deps: Omit<SagaDeps, 'bus'>, events: readonly DomainEvent[]): Promise<void> {
  const answers: Answer[] = [];
  const others: DomainEvent[] = [];
  for (const event of events) {
    const answer = readAnswer(event, deps.clock);
    if (answer) answers.push(answer);
    else others.push(event);
  }
  const { newEventId, outbox } = deps;
  const settling = { em: deps.fork(), consumer: orderSaga.queue, newEventId, outbox };
  const overtaken = answers.length === 0 ? [] : await settleOrders(settling, answers);
  for (const event of [...overtaken.map((answer) => answer.event), ...others]) await handleEvent(deps, event);
}

/** Has the effect of one event, unless it has had it already. @throws EventRefused for data that is not the event's */
export async function handleEvent(deps: Omit<SagaDeps, 'bus'>, event: DomainEvent): Promise<void> {
  const reaction = reactions.get(event.type);
  if (reaction === undefined) return;
  await once(
    () => deps.fork(),
    { consumer: orderSaga.queue, eventId: event.id },
    async (em) => {
      const orders = createOrderStore({ em, newEventId: deps.newEventId, traceparent: event.traceparent });
      const prices = { changed: (productId: string) => tellPriceChange(em, productId) };
      await reaction.handle({ orders, clock: deps.clock, prices }, event);
    },
  );
}
