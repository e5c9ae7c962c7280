import { createHttpServer } from '@storefront/platform/http/server.ts';
import type { Caller } from '@storefront/platform/identity/caller.ts';
import {
  createInternalTokens,
  createInternalVerifier,
  type Purpose,
} from '@storefront/platform/identity/internal-tokens.ts';
import { generateSigningKey, publicKeySet } from '@storefront/platform/identity/keys.ts';
import type { DomainEvent } from '@storefront/schema/events/event.ts';
import type { FastifyInstance } from 'fastify';
import { v7 } from 'uuid';
import { serveOrdersGraph } from '../graphql/serve.ts';
import type { Catalogue } from '../use-cases/ports.ts';
import { silentLog, type TestStorage } from './storage.ts';

/** Somebody with an account. */
export function aUser(userId: string, ...scopes: string[]): Caller {
  return { kind: 'user', userId, scopes: new Set(scopes) };
}

/** Nobody known. */
export const anonymous: Caller = { kind: 'anonymous' };

/** Everything an admin may do with orders. */
export const admin = aUser('99', 'orders:read', 'orders:write');

/** One request to the subgraph. */
export interface Question {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  /** The event of a live field: then the token's purpose is `event`. */
  readonly event?: { readonly event: DomainEvent; readonly cursor: string };
}

/** What the subgraph answers. */
export interface Answer {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly { message: string; path?: readonly (string | number)[]; extensions: { code: string } }[];
}

/** A gateway's part in the tests: asks as somebody. */
export type Ask = (caller: Caller, question: Question | string) => Promise<Answer>;

/** The key of a gateway and the key set by which it is known, together with that of the orders service. */
export async function makeKeys() {
  const [gateway, orders] = await Promise.all([generateSigningKey('gateway'), generateSigningKey('orders')]);
  const tokens = createInternalTokens({ signingKey: gateway, issuer: 'gateway' });
  return { tokens, orders, keys: publicKeySet([gateway, orders]) };
}

/** Asks with a token of the gateway; `post` carries the request. */
export function asGateway(
  tokens: Awaited<ReturnType<typeof makeKeys>>['tokens'],
  post: (request: { headers: Record<string, string>; body: string }) => Promise<string>,
): Ask {
  return async (caller, question) => {
    const { query, variables, event } = typeof question === 'string' ? { query: question } : question;
    const purpose: Purpose = event === undefined ? 'query' : 'event';
    const authorization = `Bearer ${await tokens.mint({ audience: 'orders', caller, purpose })}`;
    const body = JSON.stringify({ query, variables, extensions: event && { event } });
    return JSON.parse(await post({ headers: { authorization, 'content-type': 'application/json' }, body })) as Answer;
  };
}

/** The subgraph alone, on a real database; nobody listens for its events. `close` it after the test. */
export async function openTestGraph(
  { postgres }: TestStorage,
  catalogue: Catalogue,
): Promise<{ ask: Ask; server: FastifyInstance }> {
  const { tokens, keys } = await makeKeys();
  const server = createHttpServer({ log: silentLog });
  const deps = {
    log: silentLog,
    verify: createInternalVerifier({ keys, audience: 'orders' }),
    fork: () => postgres.fork(),
    catalogue,
    clock: { now: () => new Date() },
    newEventId: () => v7(),
  };
  serveOrdersGraph(server, deps, { introspection: false });
  const ask = asGateway(tokens, async ({ headers, body }) => {
    const response = await server.inject({ method: 'POST', url: '/graphql', headers, payload: body });
    return response.body;
  });
  return { ask, server };
}

/** A catalogue in which every product costs 10.00 euros. */
export const tenEuroCatalogue: Catalogue = {
  quote: async (lines) => ({
    phase: 'quoted',
    lines: lines.map((line) => ({ ...line, unitPriceMinor: 1_000, currency: 'EUR' })),
  }),
};
