import type { DomainEvent } from '@storefront/schema/events/event.ts';
import type { Change, Order } from '../domain/order.ts';
import type { NewOrder, QuotedLine } from '../domain/place.ts';
import type { RequestedLine } from '../domain/request.ts';

/** Tells the time. */
export interface Clock {
  now(): Date;
}

/** What products charges. */
export interface Catalogue {
  /**
   * Asks for the prices of products as they are now. Lines come back in the order in which they were given.
   * `unavailable` names a product that does not exist or is not for sale; `unreachable` says that nobody could tell.
   */
  quote(lines: readonly RequestedLine[], call: CatalogueCall): Promise<Quote>;
}

/** What travels with a question to the catalogue: the trace, and the signal that ends it. */
export interface CatalogueCall {
  readonly traceparent: string;
  readonly signal: AbortSignal;
}

/** The catalogue's answer. */
export type Quote =
  | { readonly phase: 'quoted'; readonly lines: readonly QuotedLine[] }
  | { readonly phase: 'unavailable'; readonly productId: string }
  | { readonly phase: 'unreachable' };

/** A client's claim that a request is the same as another one. The scope is the caller and the operation. */
export interface IdempotencyClaim {
  readonly scope: string;
  readonly key: string;
  /** A hash of the request in canonical form: another fingerprint means another request. */
  readonly fingerprint: string;
}

/** What became of a claim: nobody used the key, the same request was answered with an order, or it was another request. */
export type ClaimState =
  | { readonly phase: 'free' }
  | { readonly phase: 'answered'; readonly order: Order }
  | { readonly phase: 'reused' };

/** What became of an order that was to be stored. */
export type StoreOutcome =
  | { readonly phase: 'stored'; readonly order: Order }
  | { readonly phase: 'in-flight' }
  | Exclude<ClaimState, { phase: 'free' }>;

/** Keeps orders. Each verb is one transaction, or joins the one of `together`. */
export interface OrderStore {
  find(id: string): Promise<Order | null>;
  /** Looks up what an idempotency key was used for. */
  readClaim(claim: IdempotencyClaim): Promise<ClaimState>;
  /** Stores the order, its lines, its history, its events and the claim: all or nothing. At most one order per claim, for ever. */
  add(order: NewOrder, claim: IdempotencyClaim | null): Promise<StoreOutcome>;
  /** Stores a change and its events if the status is still the one that the change starts from; false when it is not. */
  commit(change: Change): Promise<boolean>;
  /** Locks PENDING orders placed before an instant, oldest first, leaving out those that somebody else holds. */
  lockPendingBefore(instant: Date, limit: number): Promise<readonly Order[]>;
  /** Sends the event of the order's end once more, under its first id; false when the order has not ended or is unknown. */
  announceAgain(id: string): Promise<boolean>;
  /** Takes a buyer off all of their orders. */
  forgetBuyer(buyerId: string): Promise<void>;
  /** Runs several verbs in one transaction. */
  together<T>(work: (orders: OrderStore) => Promise<T>): Promise<T>;
}

/** Hands events over for publishing, once and for all, in a transaction of their own. */
export interface Announcer {
  publish(event: DomainEvent): Promise<void>;
}

/** Tells every replica what has become of prices. */
export interface PriceNews {
  /** The price of this product may be another one now. */
  changed(productId: string): Promise<void>;
}
