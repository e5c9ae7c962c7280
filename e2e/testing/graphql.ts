import { setTimeout as delay } from 'node:timers/promises';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';

/** What a GraphQL request answers, without the transport. */
export interface GraphQLAnswer<Data = Record<string, unknown>> {
  data?: Data | null;
  errors?: { message: string; path?: (string | number)[]; extensions?: Record<string, unknown> }[];
  extensions?: Record<string, unknown>;
}

export interface GraphQLCall {
  query: string;
  variables?: Record<string, unknown>;
  token?: string;
}

/** Asks a gateway over HTTP. */
// oxlint-disable-next-line typescript/no-explicit-any -- the shape of an answer is what a test asserts
export async function ask<Data = any>(
  url: string,
  { query, variables, token }: GraphQLCall,
): Promise<GraphQLAnswer<Data>> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
    body: JSON.stringify({ query, variables }),
    signal: AbortSignal.timeout(15_000),
  });
  return (await response.json()) as GraphQLAnswer<Data>;
}

/** A subscription that runs: its events in order, and whatever ended it. */
export interface LiveTest {
  /** The next result; fails after `timeoutMs` (10 s). */
  next(timeoutMs?: number): Promise<GraphQLAnswer>;
  /** Results that came and were not taken yet. */
  readonly waiting: readonly GraphQLAnswer[];
  close(): Promise<void>;
}

/** Subscribes over a websocket and waits until the gateway has begun to listen. */
export async function subscribe(url: string, { query, variables, token }: GraphQLCall): Promise<LiveTest> {
  const client = createClient({
    url,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    lazy: false,
    connectionParams: token ? { authorization: `Bearer ${token}` } : {},
  });
  const waiting: GraphQLAnswer[] = [];
  let wake = () => {};
  let failure: unknown;
  client.subscribe(
    { query, variables: variables ?? null },
    {
      next: (result) => {
        waiting.push(result as GraphQLAnswer);
        wake();
      },
      error: (error) => {
        failure = error;
        wake();
      },
      complete: () => wake(),
    },
  );
  await connected(client);
  return {
    waiting,
    async next(timeoutMs = 10_000) {
      const deadline = Date.now() + timeoutMs;
      while (waiting.length === 0) {
        if (failure) throw failure instanceof Error ? failure : new Error(JSON.stringify(failure));
        if (Date.now() > deadline) throw new Error(`no event within ${timeoutMs} ms`);
        const woken = Promise.withResolvers<void>();
        wake = woken.resolve;
        await Promise.race([woken.promise, delay(Math.max(1, deadline - Date.now()), undefined, { ref: false })]);
      }
      const [result] = waiting.splice(0, 1);
      return result ?? {};
    },
    close: async () => client.dispose(),
  };
}

/** graphql-transport-ws has no answer to `subscribe`, so ask the same socket something after it: that comes when the first is at work. */
async function connected(client: ReturnType<typeof createClient>): Promise<void> {
  const answer = Promise.withResolvers<void>();
  client.subscribe(
    { query: '{ __typename }' },
    { next: () => {}, error: (fault) => answer.reject(fault as Error), complete: () => answer.resolve() },
  );
  await answer.promise;
}
