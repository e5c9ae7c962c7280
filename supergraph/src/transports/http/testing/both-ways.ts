import { request as send } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { GraphQLError } from 'graphql';
import type { ExecutionResult } from 'graphql';
import { HeaderMap } from '@apollo/server';
import { createResult } from '../../../engine/result.ts';
import type { Plugin } from '../run-hooks.ts';
import { startGraphql } from './start-graphql.ts';

/** One HTTP request, as it goes over the wire. */
export interface RawRequest {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What came back of it; without what differs from one exchange to the next. */
export interface RawAnswer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What one server did with its requests. */
export interface Told {
  readonly answers: readonly RawAnswer[];
  /** What reached the engine. */
  readonly executed: readonly unknown[];
  /** The request log, without times and ids. */
  readonly logged: readonly unknown[];
}

/** Plugins, and what they tell of their calls. */
export type Scenario = (tell: (text: string) => void) => readonly Plugin[];

const clock = () => 1_700_000_000_000;

/**
 * Sends the same requests, one after the other, to two servers that differ in nothing but the way that known documents take, and
 * tells what each did. A document is known from its second request on, so each is sent twice.
 */
export async function askBothWays(
  requests: readonly RawRequest[],
  {
    plugins = () => [],
    ...options
  }: { readonly plugins?: Scenario; readonly isProduction?: boolean; readonly burst?: number } = {},
): Promise<{
  readonly short: Told & { hooks: readonly string[] };
  readonly apollo: Told & { hooks: readonly string[] };
}> {
  const [short, apollo] = await Promise.all([true, false].map((shortWay) => askOne(requests, shortWay)));
  if (!short || !apollo) throw new Error('two servers were asked');
  return { short, apollo };

  async function askOne(sent: readonly RawRequest[], shortWay: boolean) {
    const hooks: string[] = [];
    const side = await startGraphql({ ...options, shortWay, now: clock, plugins: plugins((text) => hooks.push(text)) });
    explodeOnDemand(side.engine);
    try {
      const answers: RawAnswer[] = [];
      for (const one of sent.flatMap((request) => [request, request])) answers.push(await ask(side.url, one));
      const executed = side.engine.requests.map(({ document, ...request }) => ({
        ...without(request, ['signal', 'traceparent']),
        definitions: document.definitions.length,
      }));
      const logged = side.logged.map(({ err, ...line }) => ({
        ...without(line, ['requestId', 'traceId', 'time', 'ms']),
        err: without(Object(err), ['stack']),
      }));
      return { answers, executed, logged, hooks };
    } finally {
      await side.close();
    }
  }
}

/** Operations of these names meet an engine that misbehaves. */
function explodeOnDemand(engine: Awaited<ReturnType<typeof startGraphql>>['engine']): void {
  const execute = engine.execute.bind(engine);
  Object.assign(engine, {
    execute(request: Parameters<typeof execute>[0]) {
      if (request.operationName === 'Explode') return Promise.reject(new Error('the engine is broken'));
      if (request.operationName === 'Teapot') {
        const http = { status: 418, headers: new HeaderMap([['x-tea', 'green']]) };
        const errors = [new GraphQLError('short and stout', { extensions: { http, code: 'TEAPOT' } })];
        return Promise.resolve({ data: null, errors, extensions: { handle: 'here' } });
      }
      if (request.operationName === 'Loop') {
        const data: Record<string, unknown> = {};
        data['data'] = data;
        return Promise.resolve({ data });
      }
      return execute(request).then(toText);
    },
  });
}

/** The result as the engine gives it: its data as text. */
function toText(result: ExecutionResult): ExecutionResult {
  return result.data ? createResult(JSON.stringify(result.data), result.errors) : result;
}

const without = (facts: object, names: readonly string[]) =>
  Object.fromEntries(Object.entries(facts).filter(([name]) => !names.includes(name)));

const changing = new Set(['date', 'x-request-id', 'traceparent']);

function ask(url: string, { method = 'POST', path = '/graphql', headers = {}, body }: RawRequest): Promise<RawAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<RawAnswer>();
  const outgoing = send(`${url}${path}`, { method, headers, agent: false }, async (incoming) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const kept = Object.entries(incoming.headers).filter(([name]) => !changing.has(name));
    resolve({ status: incoming.statusCode, headers: Object.fromEntries(kept), body: Buffer.concat(chunks).toString() });
  });
  outgoing.once('error', reject);
  outgoing.end(body);
  return promise;
}
