import { CodedError } from '@storefront/platform/errors/coded-error.ts';
import type { CursorValues } from '@storefront/platform/graphql/connection.ts';
import { isRowId } from '@storefront/platform/postgres/row-id.ts';

/** The row id in a cursor of ours; null at the beginning of a list. @throws CodedError BAD_USER_INPUT */
export function rowIdOf(cursor: CursorValues | null): string | null {
  if (cursor === null) return null;
  const [id, ...rest] = cursor;
  if (typeof id === 'string' && isRowId(id) && rest.length === 0) return id;
  throw new CodedError('BAD_USER_INPUT', 'after is not a cursor of this list', { extensions: { argument: 'after' } });
}
