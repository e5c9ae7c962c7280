import type { Problem } from '@storefront/platform/http/problem.ts';
import type { z } from 'zod';

/** The parts of a request that a route sees, checked against what the route says of them. */
export interface RouteRequest<Body = unknown> {
  /** Numeric ids of the path, as text. */
  readonly params: Readonly<Record<string, string>>;
  /** For routes that answer with a list. */
  readonly page: Page;
  readonly body: Body;
  /** The headers that REST gives a meaning; undefined when they are not there. */
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
  readonly idempotencyKey: string | undefined;
}

/** Which part of a list is wanted: `first` of 1 to 100, after the entry that the last page's link named. */
export interface Page {
  readonly first: number;
  readonly after: string | null;
}

/** What goes back: a body of JSON or a problem. */
export type RouteAnswer =
  | {
      readonly status: number;
      readonly body?: unknown;
      readonly headers?: Readonly<Record<string, string>>;
      readonly nextCursor?: string | null;
    }
  | { readonly problem: Problem; readonly headers?: Readonly<Record<string, string>> };

/** Headers with a meaning of their own, for the description of the API. */
export type RouteHeader = 'if-match' | 'if-none-match' | 'idempotency-key';

/** One line of the table: a path, the trusted document that it stands for, and how the two map to each other. */
export interface Route<Body = unknown, Data = unknown> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below /api and /api/v1, with `:name` for ids. */
  readonly path: string;
  /** The file in schema/operations, without its ending. */
  readonly operation: string;
  readonly tag: 'Accounts' | 'Users' | 'Products' | 'Orders';
  readonly summary: string;
  /** Who may call it, for the description of the API; the graph decides. */
  readonly access: 'anybody' | 'signed in' | 'admin';
  readonly body?: z.ZodType<Body>;
  readonly isList?: boolean;
  readonly headers?: readonly RouteHeader[];
  /** Name of the schema in schemas.ts of a successful answer; none for an answer without content. */
  readonly success: { readonly status: number; readonly schema?: string };
  /** The problems that the route may answer with besides those that every route has. */
  readonly problems: readonly number[];
  /** The document's variables. @throws CodedError for a request that cannot be put into them */
  variables(request: RouteRequest<Body>): Readonly<Record<string, unknown>>;
  /** The answer for the result, or nothing when what was asked for is not there. */
  answer(data: Data, request: RouteRequest<Body>): RouteAnswer | undefined;
}

/** Keeps the types of a route's body and data inside its own definition; the server that calls it does not know them. */
export function defineRoute<Body = undefined, Data = unknown>(route: Route<Body, Data>): Route {
  return route as unknown as Route;
}

/** A page of a GraphQL connection, as the trusted documents ask for it. */
export interface Connection<Node> {
  readonly nodes: readonly Node[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

/** Answers with a plain array; the cursor of the next page becomes a `Link` header. */
export function answerList<Node>({ nodes, pageInfo }: Connection<Node>, toJson: (node: Node) => unknown): RouteAnswer {
  return { status: 200, body: nodes.map(toJson), nextCursor: pageInfo.hasNextPage ? pageInfo.endCursor : null };
}
