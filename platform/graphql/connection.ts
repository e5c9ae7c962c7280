import { CodedError } from '../errors/coded-error.ts';

/** What a cursor holds: the sort key of one row, its id last. */
export type CursorValues = readonly (string | number | null)[];

/** One page of a list. Fetch `limit + 1` rows that come after `after`. */
export interface Page {
  readonly limit: number;
  readonly after: CursorValues | null;
}

/** A page of a list as the graph shows it. Source: relay.dev/graphql/connections.htm */
export interface Connection<Node> {
  edges: { cursor: string; node: Node }[];
  nodes: Node[];
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null };
}

const defaultFirst = 20;

/**
 * Reads the arguments of a connection; `first` is 20 unless given.
 * @throws CodedError BAD_USER_INPUT for `first` below 1 or above `maxFirst` (100), and for a cursor that is none
 */
export function readPage(
  { first, after }: { first?: number | null | undefined; after?: string | null | undefined },
  { maxFirst = 100 }: { maxFirst?: number } = {},
): Page {
  const limit = first ?? Math.min(defaultFirst, maxFirst);
  if (!Number.isInteger(limit) || limit < 1 || limit > maxFirst) {
    throw new CodedError('BAD_USER_INPUT', `first must be 1 to ${maxFirst}`, { extensions: { argument: 'first' } });
  }
  return { limit, after: after === null || after === undefined ? null : decodeCursor(after) };
}

/** Makes a cursor, opaque to clients, from a row's sort key. */
export function encodeCursor(values: CursorValues): string {
  return Buffer.from(JSON.stringify(values)).toString('base64url');
}

/** Makes a connection of the `limit + 1` rows fetched, the extra one only telling that there are more. */
export function toConnection<Node>(
  rows: readonly Node[],
  page: Page,
  cursorOf: (node: Node) => string,
): Connection<Node> {
  const nodes = rows.slice(0, page.limit);
  const edges = nodes.map((node) => ({ cursor: cursorOf(node), node }));
  return {
    edges,
    nodes,
    pageInfo: {
      hasNextPage: rows.length > page.limit,
      hasPreviousPage: page.after !== null,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}

function decodeCursor(cursor: string): CursorValues {
  const values = parse(Buffer.from(cursor, 'base64url').toString());
  const isCursor = Array.isArray(values) && values.length > 0 && values.every(isCursorValue);
  if (isCursor && encodeCursor(values) === cursor) return values;
  throw new CodedError('BAD_USER_INPUT', 'after is not a cursor of this list', { extensions: { argument: 'after' } });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isCursorValue(value: unknown): value is string | number | null {
  return value === null || typeof value === 'string' || typeof value === 'number';
}
