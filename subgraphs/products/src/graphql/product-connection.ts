import { CodedError } from '@storefront/platform/errors/coded-error.ts';
import { encodeCursor, readPage, toConnection } from '@storefront/platform/graphql/connection.ts';
import type { Place, ProductFilter, ProductSort } from '../domain/listing.ts';
import type { Product } from '../domain/product.ts';
import { isRowId } from '@storefront/platform/postgres/row-id.ts';
import type { ProductStore } from '../use-cases/ports.ts';

/** What a caller asks of the catalogue, as the SDL has it. */
export interface ConnectionArguments {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly filter?: ProductFilter | null | undefined;
  readonly sort: ProductSort;
}

/** One page of the catalogue. A cursor is the sort, its value and the id, and serves only the sort it came from. */
export async function connectProducts(products: Pick<ProductStore, 'list'>, args: ConnectionArguments) {
  const { sort, first, after } = args;
  const page = readPage({ first: first ?? 20, after });
  const filter = args.filter ?? {};
  if (filter.nameContains?.includes('\0')) throw new CodedError('BAD_USER_INPUT', 'nameContains has a NUL character.');
  const place = page.after && readPlace(sort, page.after);
  const rows = await products.list({ sort, filter, after: place, limit: page.limit + 1 });
  return toConnection(rows, page, (product) => encodeCursor([sort, sortValue(sort, product), product.id]));
}

/** The value that the sort goes by, as a cursor carries it; null when it is the id. Times are ISO 8601, exact to the ms. */
export function sortValue(sort: ProductSort, product: Product): string | number | null {
  switch (sort) {
    case 'ID_ASC':
      return null;
    case 'NAME_ASC':
      return product.name;
    case 'PRICE_ASC':
    case 'PRICE_DESC':
      return product.price.amountMinor;
    case 'NEWEST':
      return product.createdAt.toISOString();
    default:
      return sort satisfies never;
  }
}

/** The place that a cursor's values name. @throws CodedError BAD_USER_INPUT when they are not from this sort */
export function readPlace(sort: ProductSort, [from, value, id]: readonly (string | number | null)[]): Place {
  const isRight = from === sort && typeof id === 'string' && isRowId(id) && isValueOf(sort, value);
  if (!isRight) throw new CodedError('BAD_USER_INPUT', 'The cursor in `after` is not from this sort of the catalogue.');
  return { value: value ?? null, id };
}

function isValueOf(sort: ProductSort, value: string | number | null | undefined): boolean {
  switch (sort) {
    case 'ID_ASC':
      return value === null;
    case 'NAME_ASC':
      return typeof value === 'string' && !value.includes('\0');
    case 'PRICE_ASC':
    case 'PRICE_DESC':
      return Number.isSafeInteger(value);
    case 'NEWEST':
      return (
        typeof value === 'string' &&
        /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value) &&
        !Number.isNaN(Date.parse(value))
      );
    default:
      return sort satisfies never;
  }
}
