import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ExecutionResult } from 'graphql';
import { errorsOf } from '../../engine/defer/incremental-result.ts';
import type { Admit } from '../../guards/admit.ts';
import { codesOf } from '../../guards/error-codes.ts';
import type { Refusal } from '../../guards/refusal.ts';
import type { SubscribeDeps } from '../../live/subscribe.ts';
import { answerRefusal } from '../streams/answer-refusal.ts';
import { openOperation } from '../streams/open-operation.ts';
import { readCall } from '../streams/read-call.ts';
import { GoingAway, openStreamSession, type StreamSession, type StreamSessionDeps } from '../streams/stream-session.ts';
import { formatEvent, openEvents, type EventsOptions } from './open-events.ts';

/** What event streams work with. */
export interface EventStreamDeps extends SubscribeDeps, StreamSessionDeps {
  readonly admit: Admit;
  readonly encode: (result: ExecutionResult) => string;
}

/** After how long a browser comes back whose stream ended at a shutdown: up to so much, at random. */
const longestRetryMs = 3_000;

/**
 * Answers one operation with an event stream of its own: a `next` event for each result, then `complete`. The `id` of an event
 * is its cursor, that of the beginning goes before the first event, and `Last-Event-ID` goes before the operation's `after`. At a shutdown the stream ends without `complete`, on
 * which clients come back by themselves. A document that is refused is told by a `next` event, everything else by a status.
 * Source: github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md, "Distinct connections mode"
 */
export async function answerDistinct(
  deps: EventStreamDeps,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  options: EventsOptions,
): Promise<void> {
  const call = readCall(request);
  if ('refused' in call) return void answerRefusal(request, reply, call.refused);
  const session = await openStreamSession(deps, request, 'stream');
  if ('refused' in session) return void answerRefusal(request, reply, session.refused);
  try {
    const lastEventId = request.headers['last-event-id'];
    let start: string | null = null;
    const opened = await openOperation(
      deps,
      { request, call },
      {
        caller: session.identity.caller,
        signal: session.signal,
        takesParts: true,
        resumeAfter: typeof lastEventId === 'string' && lastEventId !== '' ? lastEventId : undefined,
        onBegin: (cursor) => (start = cursor),
        isReadOnly: request.method === 'GET',
      },
    );
    if ('refused' in opened && !opened.refused.errors) return void answerRefusal(request, reply, opened.refused);
    await send(
      deps,
      { request, reply, session },
      { results: 'refused' in opened ? tell(opened.refused) : opened.results, options, start },
    );
  } finally {
    session.end();
  }
}

async function send(
  { encode }: Pick<EventStreamDeps, 'encode'>,
  at: { readonly request: FastifyRequest; readonly reply: FastifyReply; readonly session: StreamSession },
  {
    results,
    options,
    start,
  }: {
    readonly results: AsyncIterable<ExecutionResult>;
    readonly options: EventsOptions;
    /** The cursor of the moment at which a subscription begins. */
    readonly start: string | null;
  },
): Promise<void> {
  const { request, reply, session } = at;
  const events = openEvents(reply, options);
  if (start !== null) await events.write(`id: ${start}\n\n`);
  for await (const result of results) {
    noteCodes(request, result);
    const isTaken = await events.write(formatEvent('next', encode(result), result.extensions?.['cursor']));
    if (!isTaken) break;
  }
  const isGoingAway = session.signal.reason instanceof GoingAway;
  const last = isGoingAway ? `retry: ${Math.ceil(Math.random() * longestRetryMs)}\n\n` : formatEvent('complete', '');
  await events.write(last);
  events.end();
}

function noteCodes({ exchange }: FastifyRequest, result: ExecutionResult): void {
  const errors = errorsOf(result);
  if (errors.length === 0) return;
  exchange.operation = { ...exchange.operation, errorCodes: codesOf(errors) };
}

async function* tell({ errors = [] }: Refusal): AsyncGenerator<ExecutionResult, void, undefined> {
  yield { errors };
}
