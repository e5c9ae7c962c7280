import { type ExecutionResult, GraphQLError } from 'graphql';
import { CodedError } from '@storefront/platform/errors/coded-error.ts';
import { type Caller, hasScope } from '@storefront/platform/identity/caller.ts';
import { newTraceparent } from '@storefront/platform/telemetry/trace-context.ts';
import type { DomainEvent } from '@storefront/schema/events/event.ts';
import type { Engine, LiveField, OperationRequest } from '../engine/engine.ts';
import { readCursor } from './cursor.ts';
import { type LiveEvent, openFeed } from './feed.ts';
import type { LiveStore } from './live-store.ts';
import type { Wakes } from './wakes.ts';

/** What a subscription needs: the engine to resolve each event, the streams to read them from. */
export interface SubscribeDeps {
  readonly engine: Engine;
  readonly store: LiveStore;
  readonly wakes: Wakes;
}

/** The results of a subscription, one per event; or, when it cannot begin, one result with the reason. */
export type SubscriptionOutcome = AsyncGenerator<ExecutionResult, void, undefined> | ExecutionResult;

/**
 * Runs a subscription operation for one caller, on any transport: from the moment the promise resolves, every event that the
 * caller may see is executed in order and yielded, until `request.signal` is aborted. An event of another user is never even
 * read. A result's `extensions.cursor` says where to go on with `after`. Every fault is a result with a coded error, the last.
 */
export async function subscribe(deps: SubscribeDeps, request: OperationRequest): Promise<SubscriptionOutcome> {
  const { engine, store } = deps;
  if (engine.state.phase !== 'serving')
    return failure(new CodedError('SERVICE_UNAVAILABLE', 'The graph is not ready yet.'));
  const end = new AbortController();
  const signal = AbortSignal.any([request.signal, end.signal]);
  try {
    const denials = engine.authorizeSubscription(request);
    if (denials.length > 0) return { errors: denials, data: null };
    const field = engine.liveField(engine.state.graph, request.document, request.operationName, request.variables);
    const feed = await openFeed(deps, {
      stream: chooseStream(store, request.caller, field),
      after: field.after === null ? null : readCursor(field.after),
      signal,
    });
    return endable(resolveEvents(deps, { ...request, signal }, { field, feed }), end);
  } catch (error) {
    return failure(error);
  }
}

/** Who sees all reads the stream of all; everybody else their own, so that nothing foreign ever comes near them. */
function chooseStream(store: LiveStore, caller: Caller, { seesAll }: LiveField): string {
  if (caller.kind === 'anonymous') throw new CodedError('UNAUTHENTICATED', 'Sign in to subscribe.');
  return seesAll !== null && hasScope(caller, seesAll) ? store.streamOfAll : store.streamOfUser(caller.userId);
}

async function* resolveEvents(
  { engine }: SubscribeDeps,
  request: OperationRequest,
  { field, feed }: { field: LiveField; feed: AsyncIterable<LiveEvent> },
): AsyncGenerator<ExecutionResult, void, undefined> {
  try {
    for await (const { event, cursor } of feed) {
      if (!isWanted(field, event)) continue;
      const traceparent = event.traceparent ?? newTraceparent();
      const result = await engine.executeEvent({ ...request, traceparent, event, cursor });
      yield { ...result, extensions: { ...result.extensions, cursor } };
    }
  } catch (error) {
    yield failure(error);
  }
}

/** `return` of a generator waits for a `next` under way, which may be waiting for an event: so end that first. */
function endable<T>(
  generator: AsyncGenerator<T, void, undefined>,
  end: AbortController,
): AsyncGenerator<T, void, undefined> {
  const finish = generator.return.bind(generator);
  generator.return = (value) => {
    end.abort();
    return finish(value);
  };
  return generator;
}

function isWanted({ events, filter }: LiveField, event: DomainEvent): boolean {
  if (!events.includes(event.type)) return false;
  return filter === null || attributeOf(event, filter.attribute) === filter.value;
}

/** An attribute of the envelope, for example `subject`, or of the data, for example `data.orderId`. */
function attributeOf(event: DomainEvent, path: string): string | undefined {
  let value: unknown = event;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = Object.getOwnPropertyDescriptor(value, name)?.value;
  }
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

function failure(error: unknown): ExecutionResult {
  if (error instanceof CodedError) {
    return { errors: [new GraphQLError(error.message, { extensions: { code: error.code } })] };
  }
  const code = 'SERVICE_UNAVAILABLE';
  return {
    errors: [
      new GraphQLError('Live events cannot be had at the moment.', {
        extensions: { code },
        originalError: toError(error),
      }),
    ],
  };
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
