import { CodedError } from '@storefront/platform/errors/coded-error.ts';
import { encodeCursor, readPage, toConnection } from '@storefront/platform/graphql/connection.ts';
import type { Order, OrderStatus } from '../domain/order.ts';
import { isRowId } from '@storefront/platform/postgres/row-id.ts';
import type { OrderSlice } from '../storage/order-queries.ts';

/** The arguments of a list of orders. */
export interface OrderListArguments {
  readonly first?: number | null;
  readonly after?: string | null;
  readonly status?: OrderStatus | null;
}

/** Orders newest first as a Relay connection: `load` reads one more than the page holds. @throws CodedError BAD_USER_INPUT */
export async function orderConnection(
  { first, after, status }: OrderListArguments,
  load: (slice: OrderSlice) => Promise<readonly Order[] | null>,
) {
  const page = readPage({ first: first ?? 20, after: after ?? null }, { maxFirst: 100 });
  const beforeId = page.after === null ? null : readId(page.after);
  const orders = await load({ status: status ?? null, beforeId, limit: page.limit + 1 });
  return toConnection([...(orders ?? [])], page, (order) => encodeCursor([order.id]));
}

function readId([id]: readonly (string | number | null)[]): string {
  if (typeof id === 'string' && isRowId(id)) return id;
  throw new CodedError('BAD_USER_INPUT', 'The cursor is not one of this list.');
}
