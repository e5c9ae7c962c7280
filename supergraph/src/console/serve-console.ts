import { readFileSync } from 'node:fs';
import { CodedError } from '@storefront/platform/errors/coded-error.ts';
import { type Caller, hasScope } from '@storefront/platform/identity/caller.ts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Authenticate, Identity } from '../guards/authenticate.ts';
import { setPagePolicy } from '../transports/http/security-headers.ts';
import { createOverview, type OverviewDeps } from './overview.ts';
import { runExplained, type RunExplainedDeps } from './run-explained.ts';

/** What the console shows and does. */
export interface ConsoleDeps extends OverviewDeps, RunExplainedDeps {
  readonly engine: OverviewDeps['engine'] & RunExplainedDeps['engine'];
  readonly mayExplain: (caller: Caller) => boolean;
  readonly authenticate: Authenticate;
}

/** `isOpen`: whoever reaches it may look; else only who holds the scopes that an admin has. */
export interface ConsoleOptions {
  readonly isOpen: boolean;
}

const files: Readonly<Record<string, string>> = {
  '/console': 'index.html',
  '/console/console.css': 'console.css',
  ...Object.fromEntries(
    ['app', 'charts', 'dom', 'orders', 'plan', 'query', 'session', 'subgraphs', 'stream'].map((name) => [
      `/console/${name}.js`,
      `${name}.js`,
    ]),
  ),
};
const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
};
const neededScopes = ['users:read', 'orders:read'];
const everyMs = 1_000;
const operation = z.object({ query: z.string(), variables: z.record(z.string(), z.unknown()).nullish() });

/**
 * Serves the console: the page at /console, which loads nothing from elsewhere and holds no data; what it shows at
 * /console/api/state and, each second, /console/api/stream; POST /console/api/run runs an operation and explains it; POST
 * /console/api/services/LABEL/ACTION stops, starts and slows instances of the stack on this machine. docs/console.md tells of all.
 */
export function serveConsole(server: FastifyInstance, deps: ConsoleDeps, { isOpen }: ConsoleOptions): void {
  const overview = createOverview(deps);
  const streams = new Set<FastifyReply['raw']>();
  server.addHook('preClose', async () => {
    for (const stream of streams) stream.end();
  });
  const identify = async (request: FastifyRequest): Promise<Identity> => {
    const identity = await deps.authenticate(request.headers.authorization);
    if ('refused' in identity) throw new CodedError('UNAUTHENTICATED', identity.refused.message);
    const { caller } = identity;
    if (isOpen || neededScopes.every((scope) => hasScope(caller, scope))) return identity;
    throw caller.kind === 'user'
      ? new CodedError('FORBIDDEN', 'The console is for admins.')
      : new CodedError('UNAUTHENTICATED', 'Sign in as an admin.');
  };
  servePage(server);
  server.get('/console/api/state', async (request, reply) => {
    await identify(request);
    return reply.header('cache-control', 'no-store').send(await overview());
  });
  server.get('/console/api/stream', async (request, reply) => {
    await identify(request);
    return streamStates(reply, overview, streams);
  });
  server.post('/console/api/run', async (request, reply) =>
    answerRun(deps, await identify(request), { request, reply }),
  );
  server.post<{ Params: { label: string; action: string } }>(
    '/console/api/services/:label/:action',
    async (request, reply) => {
      await identify(request);
      refuseForms(request);
      if (!deps.switches) throw new CodedError('NOT_FOUND', 'Only the stack on one machine can be switched.');
      await deps.switches.set(request.params.label, request.params.action);
      return reply.code(204).send();
    },
  );
}

async function answerRun(
  deps: RunExplainedDeps & Pick<ConsoleDeps, 'mayExplain'>,
  { caller }: Identity,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
): Promise<FastifyReply> {
  if (!deps.mayExplain(caller)) throw new CodedError('FORBIDDEN', 'Explanations are for administrators.');
  const { query, variables } = readOperation(request.body);
  const { clientAddress, traceparent, signal } = request.exchange;
  const call = { query, variables: variables ?? undefined, caller, clientAddress, traceparent, signal };
  const run = await runExplained(deps, call);
  if (!('refused' in run)) return reply.header('cache-control', 'no-store').send(run);
  const { status, code, message, errors } = run.refused;
  const result = { errors: errors ?? [{ message, extensions: { code } }] };
  return reply.code(status).send({ result, explanation: null });
}

function servePage(server: FastifyInstance): void {
  for (const [url, file] of Object.entries(files)) {
    const content = readFileSync(new URL(`page/${file}`, import.meta.url));
    server.get(url, async (_request, reply) => {
      const policy = {
        'script-src': "'self'",
        'style-src': "'self'",
        'connect-src': "'self'",
        'img-src': "'self' data:",
      };
      setPagePolicy(reply, policy);
      const type = types[file.split('.').at(-1) ?? ''] ?? 'text/plain';
      return reply.type(type).header('cache-control', 'no-cache').send(content);
    });
  }
}

/** A state each second as server-sent events, until the reader leaves. */
function streamStates(
  reply: FastifyReply,
  overview: () => Promise<object>,
  streams: Set<FastifyReply['raw']>,
): FastifyReply {
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
  let isBusy = false;
  const write = async () => {
    if (isBusy || raw.writableNeedDrain) return;
    isBusy = true;
    const state = await overview();
    isBusy = false;
    if (!raw.destroyed) raw.write(`data: ${JSON.stringify(state)}\n\n`);
  };
  const timer = setInterval(() => void write(), everyMs);
  streams.add(raw);
  raw.on('close', () => {
    clearInterval(timer);
    streams.delete(raw);
  });
  void write();
  return reply;
}

function readOperation(body: unknown) {
  const read = operation.safeParse(body);
  if (read.success) return read.data;
  throw new CodedError('BAD_USER_INPUT', 'the body is JSON with a query, and with variables if it has any');
}

/** A page of somebody else's can send a form here without being asked; it cannot send this header. */
function refuseForms({ headers }: FastifyRequest): void {
  if (headers['x-console'] !== '1') throw new CodedError('FORBIDDEN', 'only the console itself may do this');
}
