import type { DomainEvent } from '@storefront/schema/events/event.ts';
import type { Listing } from '../domain/listing.ts';
import type { NotFound, SkuTaken } from '../domain/outcomes.ts';
import type { ChangedProduct, HeldProduct, Product, ProductChange, Revised } from '../domain/product.ts';
import type { ProductDraft } from '../domain/product-input.ts';
import type { Offer, OrderLine, ReservationPhase, StockRefusal } from '../domain/reservation.ts';
import type { Stock } from '../domain/stock.ts';

/** What time it is, UTC. */
export interface Clock {
  now(): Date;
}

/** Turns what happened into events for the other services, each with an id of its own. */
export interface Announcer {
  readonly productChanged: (change: ProductChange) => DomainEvent;
  readonly stockChanged: (productId: string) => DomainEvent;
  readonly stockReserved: (orderId: string) => DomainEvent;
  readonly stockRejected: (orderId: string, refusal: StockRefusal) => DomainEvent;
  readonly stockExpired: (orderId: string) => DomainEvent;
}

/** The products as they are kept. A change and the events that tell of it are stored together or not at all. */
export interface ProductStore {
  /** Products by id, withdrawn ones too; ids that name nothing, or cannot, are missing from the map. One statement. */
  byIds(ids: readonly string[]): Promise<Map<string, Product>>;
  /** Products by sku, withdrawn ones too; see `byIds`. */
  bySkus(skus: readonly string[]): Promise<Map<string, Product>>;
  /** Stock by product id. One statement. */
  stockOf(ids: readonly string[]): Promise<Map<string, Stock>>;
  /** A part of the catalogue, without withdrawn products. One statement. */
  list(listing: Listing): Promise<Product[]>;
  /** Stores a draft under the first free one of `skus`; null when all of them are taken. */
  add(draft: ProductDraft, skus: Iterable<string>, announcing: Announcing): Promise<Product | null>;
  /** Changes a product that is not withdrawn, with product and stock locked while `revise` decides. */
  change<Refusal>(
    id: string,
    revise: (held: HeldProduct) => Revised<Refusal>,
    announcing: Announcing,
  ): Promise<{ readonly changed: ChangedProduct } | { readonly refused: Refusal | NotFound | SkuTaken }>;
}

/** Who tells of a change, and when it happens. */
export interface Announcing {
  readonly announce: Announcer;
  readonly at: Date;
}

/** A message about an order. `eventId` names it for ever, so that its effect happens once. */
export interface OrderMessage {
  readonly eventId: string;
  readonly orderId: string;
}

/** A message that wants pieces, and the event that will tell that it has them. */
export interface ReservationWish extends OrderMessage {
  /** One line for each product. */
  readonly lines: readonly OrderLine[];
  readonly expiresAt: Date;
  readonly told: DomainEvent;
}

/** What is set aside for orders. */
export interface ReservationLedger {
  /**
   * Takes what all of these orders wish, with their events and the memory of the messages, when there is nothing to decide:
   * none of them has been heard of and there is enough for all. Otherwise it does nothing and answers false. `changes`
   * tell of the stock of the products, soon and once for many orders.
   */
  holdAll(wishes: readonly ReservationWish[], changes: readonly DomainEvent[]): Promise<boolean>;
  /** Makes what these orders hold sold. Answers the messages that it had to leave out, which must come one by one. */
  sellAll(messages: readonly OrderMessage[]): Promise<readonly OrderMessage[]>;
  /**
   * Runs `effect` in one transaction with the memory of the message and the events that it returns, while no other message
   * about the same order is handled anywhere. A message that was handled before has no effect.
   */
  once(
    message: OrderMessage,
    effect: (order: ReservedOrder) => Promise<readonly DomainEvent[]>,
  ): Promise<'applied' | 'duplicate'>;
  /**
   * Finds up to `limit` orders whose pieces are held past their time, gives them until `again`, and stores the event that
   * `tell` makes for each, in one transaction. Replicas at work together find different orders. Returns how many.
   */
  extendExpired(
    expiry: { readonly now: Date; readonly again: Date; readonly limit: number },
    tell: (orderId: string) => DomainEvent,
  ): Promise<number>;
}

/** One order's entry in the ledger, inside the transaction. `phase` is what it was at the beginning. */
export interface ReservedOrder {
  readonly phase: ReservationPhase;
  /** What can be had of the products, each locked until the transaction ends. */
  offers(productIds: readonly string[]): Promise<Map<string, Offer>>;
  /** unknown -> held. @throws when a line is not available any more, which undoes the transaction */
  hold(lines: readonly OrderLine[], expiresAt: Date): Promise<void>;
  /** held -> sold. */
  sell(): Promise<void>;
  /**
   * Any phase -> released: pieces held or sold become available again, and later messages find the order over. Gives the ids of
   * the products that pieces went back to.
   */
  release(): Promise<readonly string[]>;
}
