import { createHash } from 'node:crypto';
import type { Amount } from '@storefront/schema/money.ts';
import type { Order } from '../domain/order.ts';
import { type NewOrder, place, type QuotedLine } from '../domain/place.ts';
import { faultOfKey, isSameAmount, readLines, type Invalid, type RequestedLine } from '../domain/request.ts';
import { isRowId } from '@storefront/platform/postgres/row-id.ts';
import type { Catalogue, CatalogueCall, Clock, IdempotencyClaim, OrderStore, StoreOutcome } from './ports.ts';

/** What placing an order needs. */
export interface Deps {
  readonly catalogue: Catalogue;
  readonly orders: OrderStore;
  readonly clock: Clock;
}

/** Who orders what for whom. `callerId` scopes the idempotency key. */
export interface CreateOrder {
  readonly callerId: string;
  readonly buyerId: string;
  readonly idempotencyKey: string | null;
  readonly lines: readonly RequestedLine[];
  readonly call: CatalogueCall;
}

/** How placing an order ended. */
export type CreateOrderOutcome =
  | { readonly phase: 'created'; readonly order: Order }
  | { readonly phase: 'invalid'; readonly fault: Invalid }
  | { readonly phase: 'product-unavailable'; readonly productId: string }
  | { readonly phase: 'price-changed'; readonly productId: string; readonly price: Amount }
  | { readonly phase: 'catalogue-unavailable' }
  | { readonly phase: 'key-reused' }
  | { readonly phase: 'key-in-flight' };

/**
 * Places an order at the catalogue's prices. The order and `order.created` commit together or not at all.
 * The same idempotency key with the same input answers with the first order, whatever has become of the prices since;
 * nothing is kept of requests that failed.
 */
export async function createOrder(deps: Deps, input: CreateOrder): Promise<CreateOrderOutcome> {
  const request = readRequest(input);
  if ('invalid' in request) return { phase: 'invalid', fault: request.invalid };
  const claim = claimOf(input, request.lines);
  const decision = await decide(deps, input, request.lines);
  if (decision.phase === 'placed') return toOutcome(await deps.orders.add(decision.placed, claim));
  // What would be refused now may have been placed before.
  const earlier = claim === null ? null : await deps.orders.readClaim(claim);
  return earlier === null || earlier.phase === 'free' ? decision : toOutcome(earlier);
}

/** The order that there would be, or why there can be none. */
async function decide(
  { catalogue, clock }: Deps,
  { buyerId, call }: CreateOrder,
  lines: readonly RequestedLine[],
): Promise<CreateOrderOutcome | { readonly phase: 'placed'; readonly placed: NewOrder }> {
  const quote = await catalogue.quote(lines, call);
  if (quote.phase === 'unreachable') return { phase: 'catalogue-unavailable' };
  if (quote.phase === 'unavailable') return { phase: 'product-unavailable', productId: quote.productId };
  const changed = findChange(lines, quote.lines);
  if (changed !== null) return changed;
  const decision = place({ buyerId, lines: quote.lines, at: clock.now() });
  if ('invalid' in decision) return { phase: 'invalid', fault: decision.invalid };
  return { phase: 'placed', placed: decision.placed };
}

function toOutcome(outcome: StoreOutcome): CreateOrderOutcome {
  switch (outcome.phase) {
    case 'stored':
    case 'answered':
      return { phase: 'created', order: outcome.order };
    case 'reused':
      return { phase: 'key-reused' };
    case 'in-flight':
      return { phase: 'key-in-flight' };
    default:
      return outcome satisfies never;
  }
}

function readRequest(input: CreateOrder): ReturnType<typeof readLines> {
  const invalidKey = input.idempotencyKey === null ? null : faultOfKey(input.idempotencyKey);
  if (invalidKey !== null) return { invalid: invalidKey };
  if (!isRowId(input.buyerId)) return { invalid: { message: 'There is no such user.', path: ['input', 'userId'] } };
  return readLines(input.lines);
}

/** The first line whose price is not the one that the buyer saw. */
function findChange(
  wanted: readonly RequestedLine[],
  quoted: readonly QuotedLine[],
): Extract<CreateOrderOutcome, { phase: 'price-changed' }> | null {
  for (const [index, { productId, seenPrice }] of wanted.entries()) {
    const line = quoted[index];
    if (seenPrice === undefined || line === undefined) continue;
    const price = { amountMinor: line.unitPriceMinor, currency: line.currency };
    if (!isSameAmount(price, seenPrice)) return { phase: 'price-changed', productId, price };
  }
  return null;
}

/** The fingerprint ignores the order of the lines: the same purchase is the same request. */
function claimOf(input: CreateOrder, lines: readonly RequestedLine[]): IdempotencyClaim | null {
  if (input.idempotencyKey === null) return null;
  const purchase = lines
    .map(({ productId, quantity, seenPrice: seen }) =>
      [productId, quantity, ...(seen ? [seen.amountMinor, seen.currency] : [])].join(' '),
    )
    .toSorted();
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([input.buyerId, purchase]))
    .digest('hex');
  return { scope: `${input.callerId}:createOrder`, key: input.idempotencyKey, fingerprint };
}
