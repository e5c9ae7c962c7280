import { CodedError } from '@storefront/platform/errors/coded-error.ts';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Page, Route, RouteRequest } from './route.ts';

const maxPageSize = 100;

/**
 * Checks a request against its route.
 * @throws CodedError NOT_FOUND for an id that is none, BAD_USER_INPUT for a parameter or the body
 */
export function readRequest(route: Route, request: FastifyRequest): RouteRequest {
  const { headers } = request;
  return {
    params: readIds(request.params),
    page: route.isList ? readPage(request.query) : { first: maxPageSize, after: null },
    body: route.body ? readBody(route.body, request.body) : undefined,
    ifMatch: headers['if-match'],
    ifNoneMatch: headers['if-none-match'],
    idempotencyKey: readIdempotencyKey(headers['idempotency-key']),
  };
}

function readIds(params: unknown): Readonly<Record<string, string>> {
  const ids = Object.entries(Object(params) as Record<string, string>);
  if (ids.every(([, value]) => /^\d{1,18}$/.test(value))) return Object.fromEntries(ids);
  throw new CodedError('NOT_FOUND', 'Ids are whole numbers: there is nothing with this one.');
}

function readPage(query: unknown): Page {
  const { first = String(maxPageSize), after } = Object(query) as Record<string, unknown>;
  const size = typeof first === 'string' && /^\d{1,3}$/.test(first) ? Number(first) : 0;
  if (size < 1 || size > maxPageSize)
    throw new CodedError('BAD_USER_INPUT', `"first" must be a number from 1 to ${maxPageSize}.`);
  if (after !== undefined && typeof after !== 'string')
    throw new CodedError('BAD_USER_INPUT', '"after" may be given once.');
  return { first: size, after: after ?? null };
}

function readBody(schema: z.ZodType, body: unknown): unknown {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  if (body === undefined) throw new CodedError('BAD_USER_INPUT', 'The request needs a body of JSON.');
  const errors = result.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
  const detail = errors.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join('; ');
  throw new CodedError('BAD_USER_INPUT', detail, { extensions: { errors } });
}

/** The draft writes the key as a quoted string; the plain one is taken too. Source: draft-ietf-httpapi-idempotency-key-header */
function readIdempotencyKey(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  const key = String(header)
    .trim()
    .replace(/^"(.*)"$/, '$1');
  if (key !== '' && key.length <= 255) return key;
  throw new CodedError('BAD_USER_INPUT', 'The Idempotency-Key must have 1 to 255 characters.');
}
