import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type ExecutionResult, getOperationAST } from 'graphql';
import { isSubscription } from '../../guards/admit.ts';
import { codesOf } from '../../guards/error-codes.ts';
import type { EventStreamDeps } from '../event-stream/distinct-stream.ts';
import { answerRefusal } from '../streams/answer-refusal.ts';
import { divert } from '../streams/divert.ts';
import { openOperation } from '../streams/open-operation.ts';
import { readCall } from '../streams/read-call.ts';
import { GoingAway, openStreamSession, type StreamSession } from '../streams/stream-session.ts';
import { openParts } from './write-parts.ts';

/** How the answers are kept open. */
export interface SubscriptionsOptions {
  /** How often an empty part is sent. Default 5,000, as Apollo Router has it. */
  readonly heartbeatMs?: number;
  /** How long the client may take nothing before it is cut off. Default 5,000. */
  readonly stallTimeoutMs?: number;
}

/**
 * Answers subscriptions that are posted to `/graphql` by clients that accept `multipart/mixed` with `subscriptionSpec=1.0`: a
 * part for each result, empty parts as heartbeats, the cursor of the beginning in the header `live-cursor`, `{"payload": null}` as the last one. What ends the stream but is no result of
 * the operation stands in `errors` beside the payload. Call it before `/graphql` has its route.
 * Source: apollographql.com/docs/graphos/routing/operations/subscriptions/multipart-protocol
 */
export function serveMultipartSubscriptions(
  server: FastifyInstance,
  deps: EventStreamDeps,
  options: SubscriptionsOptions = {},
): void {
  divert(server, '/graphql', {
    takes: (request) => acceptsParts(request) && asksForSubscription(deps, request),
    answer: (request, reply) => answer(deps, { request, reply }, options),
  });
}

function acceptsParts({ method, headers }: FastifyRequest): boolean {
  return method === 'POST' && /multipart\/mixed[^,]*;\s*subscriptionSpec="?1\.0"?/i.test(headers.accept ?? '');
}

/** Clients accept parts with every operation, and queries are answered as ever. */
function asksForSubscription({ engine, documents }: EventStreamDeps, request: FastifyRequest): boolean {
  const call = readCall(request);
  if ('refused' in call || engine.state.phase !== 'serving') return false;
  const read = documents.read(engine.state.graph.schema, call.source);
  const operation = 'document' in read ? getOperationAST(read.document, call.operationName) : null;
  return operation ? isSubscription(operation) : false;
}

async function answer(
  deps: EventStreamDeps,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  options: SubscriptionsOptions,
): Promise<void> {
  request.exchange.operation = {};
  const call = readCall(request);
  if ('refused' in call) return void answerRefusal(request, reply, call.refused);
  const session = await openStreamSession(deps, request, 'stream');
  if ('refused' in session) return void answerRefusal(request, reply, session.refused);
  try {
    const { signal, identity } = session;
    const onBegin = (cursor: string) => void reply.header('live-cursor', cursor);
    const how = { caller: identity.caller, signal, isReadOnly: false, onBegin };
    const opened = await openOperation(deps, { request, call }, how);
    if ('refused' in opened) return void answerRefusal(request, reply, opened.refused);
    await send(deps, { request, reply, session }, { ...options, results: opened.results });
  } finally {
    session.end();
  }
}

async function send(
  { encode }: Pick<EventStreamDeps, 'encode'>,
  at: { readonly request: FastifyRequest; readonly reply: FastifyReply; readonly session: StreamSession },
  given: SubscriptionsOptions & { readonly results: AsyncIterable<ExecutionResult> },
): Promise<void> {
  const { request, reply, session } = at;
  const { results, heartbeatMs = 5_000, stallTimeoutMs = 5_000 } = given;
  reply.header('connection', 'close'); // so that a shutdown need not wait until the client lets go
  const parts = openParts(reply, { protocol: 'subscriptionSpec=1.0', boundary: 'graphql', stallTimeoutMs });
  const heartbeat = setInterval(() => void (reply.raw.writableNeedDrain || parts.write('{}')), heartbeatMs).unref();
  try {
    for await (const result of results) {
      if (result.errors)
        request.exchange.operation = { ...request.exchange.operation, errorCodes: codesOf(result.errors) };
      if (!(await parts.write(`{"payload":${encode(result)}}`))) return;
    }
  } finally {
    clearInterval(heartbeat);
  }
  const { reason } = session.signal;
  await parts.end(reason instanceof GoingAway ? JSON.stringify(describe(reason)) : '{"payload":null}');
}

const describe = ({ message }: GoingAway) => ({
  payload: null,
  errors: [{ message, extensions: { code: 'GOING_AWAY' } }],
});
