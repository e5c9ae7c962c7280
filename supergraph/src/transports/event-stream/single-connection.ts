import { callerKey } from '@storefront/platform/identity/caller.ts';
import { randomUUID } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Refusal } from '../../guards/refusal.ts';
import { answerRefusal } from '../streams/answer-refusal.ts';
import { openOperation } from '../streams/open-operation.ts';
import { readCall } from '../streams/read-call.ts';
import { openStreamSession } from '../streams/stream-session.ts';
import type { EventStreamDeps } from './distinct-stream.ts';
import { openEvents, type EventsOptions } from './open-events.ts';
import { SharedStream } from './shared-stream.ts';

/** How streams that several operations share behave. */
export interface SingleConnectionOptions extends EventsOptions {
  /** How many operations may share a stream. */
  readonly maxOperations: number;
  /** How long a reserved stream waits for its reader. Default 10,000. */
  readonly reservationMs?: number;
}

/** The requests of this mode; each takes what it is asked with the token of its stream. */
export interface SingleConnection {
  /** PUT: reserves a stream and answers its token. */
  reserve(request: FastifyRequest, reply: FastifyReply): Promise<void>;
  /** GET or POST that accepts an event stream: reads the reserved stream. */
  read(request: FastifyRequest, reply: FastifyReply): Promise<void>;
  /** POST: begins an operation, whose results come over the stream. */
  execute(request: FastifyRequest, reply: FastifyReply): Promise<void>;
  /** DELETE: ends an operation. */
  stop(request: FastifyRequest, reply: FastifyReply): Promise<void>;
}

/**
 * Several operations over one event stream, for clients that may not hold many connections. A token opens one stream, once; who
 * begins and ends operations must be who reserved it. A stream lives in the process that reserved it (decision 47). Source: github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md, "Single
 * connection mode"
 */
export function createSingleConnection(deps: EventStreamDeps, options: SingleConnectionOptions): SingleConnection {
  const { maxOperations, reservationMs = 10_000 } = options;
  const streams = new Map<string, SharedStream>();

  const findOwned = async (request: FastifyRequest): Promise<SharedStream | { readonly refused: Refusal }> => {
    const identity = await deps.authenticate(request.headers.authorization);
    if ('refused' in identity) return identity;
    const stream = streams.get(readToken(request) ?? '');
    if (!stream) return { refused: unknownStream };
    request.exchange.operation = { caller: identity.caller };
    const isOwner = callerKey(identity.caller) === callerKey(stream.session.identity.caller);
    return isOwner ? stream : { refused: notTheirs };
  };

  return {
    async reserve(request, reply) {
      const session = await openStreamSession(deps, request, 'socket');
      if ('refused' in session) return void answerRefusal(request, reply, session.refused);
      const token = randomUUID();
      const stream = new SharedStream(session);
      streams.set(token, stream);
      const giveUp = setTimeout(() => void (stream.isOpen || session.end()), reservationMs).unref();
      session.signal.addEventListener('abort', () => {
        clearTimeout(giveUp);
        streams.delete(token);
        session.end();
      });
      reply.code(201).type('text/plain; charset=utf-8').send(token);
    },

    async read(request, reply) {
      const identity = await deps.authenticate(request.headers.authorization);
      if ('refused' in identity) return void answerRefusal(request, reply, identity.refused);
      const stream = streams.get(readToken(request) ?? '');
      if (!stream) return void answerRefusal(request, reply, unknownStream);
      if (stream.isOpen) return void answerRefusal(request, reply, alreadyOpen);
      openStream(stream, { request, reply }, options);
    },

    async execute(request, reply) {
      const stream = await findOwned(request);
      if ('refused' in stream) return void answerRefusal(request, reply, stream.refused);
      await beginOperation(deps, { request, reply, stream, maxOperations });
    },

    async stop(request, reply) {
      const stream = await findOwned(request);
      if ('refused' in stream) return void answerRefusal(request, reply, stream.refused);
      const { operationId } = Object(request.query) as Record<string, unknown>;
      if (typeof operationId !== 'string') return void answerRefusal(request, reply, noOperationId);
      stream.stop(operationId);
      reply.code(200).send();
    },
  };
}

function openStream(
  stream: SharedStream,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  options: EventsOptions,
): void {
  const { session } = stream;
  const events = openEvents(reply, options);
  request.exchange.signal.addEventListener('abort', () => session.end());
  session.signal.addEventListener('abort', () => void stream.settled().then(() => events.end()));
  stream.open(events);
}

/** Begins an operation whose results come over the stream. */
async function beginOperation(
  deps: EventStreamDeps,
  at: { request: FastifyRequest; reply: FastifyReply; stream: SharedStream; maxOperations: number },
): Promise<void> {
  const { request, reply, stream, maxOperations } = at;
  const call = readCall(request);
  if ('refused' in call) return void answerRefusal(request, reply, call.refused);
  const { operationId } = call.extensions;
  const refused = refuseOperation(stream, operationId, maxOperations);
  if (refused || typeof operationId !== 'string') return void answerRefusal(request, reply, refused ?? noOperationId);
  const signal = stream.reserve(operationId);
  const { caller } = stream.session.identity;
  const opened = await openOperation(deps, { request, call }, { caller, signal, takesParts: true, isReadOnly: false });
  if ('refused' in opened) {
    stream.stop(operationId);
    return void answerRefusal(request, reply, opened.refused);
  }
  stream.carry(operationId, opened.results, deps.encode);
  reply.code(202).send();
}

/** The token of a stream, from the header or the address. */
export function readToken({ headers, query }: FastifyRequest): string | undefined {
  const given = headers['x-graphql-event-stream-token'] ?? (Object(query) as Record<string, unknown>)['token'];
  return typeof given === 'string' && given !== '' ? given : undefined;
}

function refuseOperation(stream: SharedStream, operationId: unknown, maxOperations: number): Refusal | null {
  if (typeof operationId !== 'string' || operationId === '') return noOperationId;
  if (stream.has(operationId)) return idInUse;
  return stream.size >= maxOperations ? tooMany : null;
}

const refusal = (status: number, code: string, message: string): Refusal => ({ status, code, message, headers: {} });
const unknownStream = refusal(
  404,
  'STREAM_NOT_FOUND',
  'There is no such stream at this process: it was never reserved, has ended, or is at another replica. Reserve one with PUT, and send all of its requests to one process.',
);
const alreadyOpen = refusal(409, 'CONFLICT', 'The stream has a reader already.');
const notTheirs = refusal(403, 'FORBIDDEN', 'The stream is somebody else’s.');
const noOperationId = refusal(
  400,
  'BAD_REQUEST',
  'Name the operation: `extensions.operationId`, or `operationId` in the address.',
);
const idInUse = refusal(409, 'CONFLICT', 'The stream has an operation of that id already.');
const tooMany = refusal(429, 'TOO_MANY_OPERATIONS', 'Too many operations on this stream. Stop one first.');
