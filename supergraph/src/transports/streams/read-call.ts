import type { FastifyRequest } from 'fastify';
import type { Refusal } from '../../guards/refusal.ts';

/** What a request asks for. Source: graphql.github.io/graphql-over-http, 6 */
export interface HttpCall {
  readonly source: string;
  readonly operationName?: string | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
  readonly extensions: Readonly<Record<string, unknown>>;
}

/** Reads a GraphQL request from the body of a POST or the parameters of a GET. */
export function readCall(request: FastifyRequest): HttpCall | { readonly refused: Refusal } {
  const isGet = request.method === 'GET';
  const given = Object(isGet ? request.query : request.body) as Record<string, unknown>;
  const { query, operationName } = given;
  if (typeof query !== 'string' || query === '') return refuse('`query` must be a text.');
  const variables = readObject(given['variables'], isGet);
  const extensions = readObject(given['extensions'], isGet);
  if (variables === null || extensions === null) return refuse('`variables` and `extensions` must be objects.');
  return {
    source: query,
    operationName: typeof operationName === 'string' && operationName !== '' ? operationName : undefined,
    variables,
    extensions: extensions ?? {},
  };
}

/** An object of a request: undefined when there is none, null when it is no object. A GET has it as JSON text. */
export function readObject(given: unknown, isText: boolean): Record<string, unknown> | undefined | null {
  if (given === undefined || given === null || given === '') return undefined;
  const value = isText ? parse(given) : given;
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}

function parse(given: unknown): unknown {
  try {
    return JSON.parse(String(given)) as unknown;
  } catch {
    return null;
  }
}

function refuse(message: string): { readonly refused: Refusal } {
  return { refused: { status: 400, code: 'BAD_REQUEST', message, headers: {} } };
}
