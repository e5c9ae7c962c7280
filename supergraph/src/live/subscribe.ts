import { createHash } from 'node:crypto';
import { CodedError } from '@storefront/platform/errors/coded-error.ts';
import { callerKey } from '@storefront/platform/identity/caller.ts';
import { type ExecutionResult, GraphQLError } from 'graphql';
import type { Engine, Graph, OperationRequest } from '../engine/engine.ts';
import type { Documents } from '../guards/documents.ts';
import { CursorExpired, readCursor } from './cursor.ts';
import { type LiveEvent, openFeed } from './feed.ts';
import type { LiveStore } from './live-store.ts';
import type { SharedExecutions } from './shared-executions.ts';
import { isWanted, planSubscription, type SubscriptionPlan, SubscriptionRefused } from './subscription-plan.ts';
import type { PushTracing } from './trace-pushes.ts';
import type { Wakes } from './wakes.ts';

/** What a subscription needs: the engine to resolve each event, the streams to read them from. */
export interface SubscribeDeps {
  readonly engine: Engine;
  readonly documents: Pick<Documents, 'read'>;
  readonly executions: SharedExecutions;
  readonly store: LiveStore;
  readonly wakes: Wakes;
  /** Default: none is traced. */
  readonly pushes?: PushTracing | null;
}

/** A subscription operation, and where its transport says to go on. */
export interface SubscriptionRequest extends OperationRequest {
  /** A cursor that goes before the operation's own `after`, for example `Last-Event-ID`. */
  readonly resumeAfter?: string | undefined;
  /** Told of the cursor at which the subscription begins, for a client that is cut off before its first event. */
  readonly onBegin?: ((cursor: string) => void) | undefined;
}

/** The results of a subscription, one per event; or, when it cannot begin, one result with the reason. */
export type SubscriptionOutcome = AsyncGenerator<ExecutionResult, void, undefined> | ExecutionResult;

/**
 * Runs a subscription operation for one caller, on any transport: from the moment the promise resolves, every event that the
 * caller may see is executed in order and yielded, until `request.signal` is aborted. An event of another user is never even
 * read. A result's `extensions.cursor` says where to go on with `after`.
 *
 * A new graph changes nothing for a subscription that fits it: from the next event on it is executed there. One that does not
 * fit ends. Every end that is not the client's own is told by a last result with a coded error; the signal's reason is told
 * when it is a CodedError. Results may be shared with other subscribers: do not change them.
 */
export async function subscribe(deps: SubscribeDeps, request: SubscriptionRequest): Promise<SubscriptionOutcome> {
  const { engine } = deps;
  if (engine.state.phase !== 'serving')
    return failure(new CodedError('SERVICE_UNAVAILABLE', 'The graph is not ready yet.'));
  try {
    const running = new Running(deps, request, planSubscription(deps, engine.state.graph, request));
    const { field, stream } = running.plan;
    const { resumeAfter, onBegin } = request;
    const begin = resumeAfter ?? field.after ?? (onBegin ? await deps.store.now() : null);
    const { signal } = running.end;
    const feed = await openFeed(deps, { stream, after: begin === null ? null : readCursor(begin), signal });
    if (begin !== null) onBegin?.(begin);
    return running.deliver(feed);
  } catch (error) {
    return failure(error);
  }
}

/** One subscription at work: what it is on the graph now served, and its end. */
class Running {
  readonly end = new AbortController();
  readonly #deps: SubscribeDeps;
  readonly #request: SubscriptionRequest;
  plan: SubscriptionPlan;
  #key: string;

  constructor(deps: SubscribeDeps, request: SubscriptionRequest, plan: SubscriptionPlan) {
    this.#deps = deps;
    this.#request = request;
    this.plan = plan;
    this.#key = keyOf(request, plan);
  }

  /**
   * `return` of a generator waits for a `next` under way, which may be waiting for an event, and does nothing at all before the
   * first `next`: so it ends the subscription first.
   */
  deliver(feed: AsyncIterable<LiveEvent>): AsyncGenerator<ExecutionResult, void, undefined> {
    const { signal } = this.#request;
    const leave = () => this.end.abort(signal.reason);
    const unfollow = this.#deps.engine.onGraph((graph) => this.#moveTo(graph));
    signal.addEventListener('abort', leave);
    this.end.signal.addEventListener('abort', () => {
      unfollow();
      signal.removeEventListener('abort', leave);
    });
    const results = this.#results(feed);
    if (signal.aborted) leave();
    const finish = results.return.bind(results);
    results.return = (value) => {
      this.end.abort();
      return finish(value);
    };
    return results;
  }

  #moveTo(graph: Graph): void {
    if (graph.id === this.plan.graph.id) return;
    try {
      const plan = planSubscription(this.#deps, graph, this.#request);
      if (plan.stream !== this.plan.stream) throw new CursorExpired();
      this.plan = plan;
      this.#key = keyOf(this.#request, plan);
    } catch (fault) {
      this.end.abort(fault instanceof SubscriptionRefused ? new GraphHasChanged(fault) : fault);
    }
  }

  async *#results(feed: AsyncIterable<LiveEvent>): AsyncGenerator<ExecutionResult, void, undefined> {
    try {
      for await (const live of feed) {
        if (!isWanted(this.plan.field, live.event)) continue;
        const result = await this.#resolve(live);
        const push = this.#deps.pushes?.start(live, this.#request);
        try {
          yield result;
        } finally {
          push?.end();
        }
      }
      const { reason } = this.end.signal;
      if (reason instanceof CodedError || reason instanceof SubscriptionRefused) yield failure(reason);
    } catch (error) {
      yield failure(error);
    } finally {
      this.end.abort();
    }
  }

  #resolve({ event, cursor }: LiveEvent): Promise<ExecutionResult> {
    const { operationName, source, caller, clientAddress, variables, tellsCost } = this.#request;
    const { document, field } = this.plan;
    const { afterVariable } = field;
    const given = afterVariable === null ? variables : { ...variables, [afterVariable]: cursor };
    return this.#deps.executions.execute(this.#key, {
      document,
      source,
      operationName,
      variables: given,
      caller,
      clientAddress,
      ...(tellsCost ? { tellsCost } : {}),
      event,
      cursor,
    });
  }
}

/** The new graph refuses what the old one allowed. */
class GraphHasChanged extends SubscriptionRefused {
  constructor({ errors }: SubscriptionRefused) {
    const tell = ({ message, extensions }: GraphQLError) =>
      new GraphQLError(`The graph has changed, so this subscription ends: ${message}`, { extensions });
    super(errors.map(tell));
  }
}

/** Names what the results depend on. Where each subscriber began does not count. */
function keyOf(
  { source, operationName, variables, caller, tellsCost = false }: SubscriptionRequest,
  plan: SubscriptionPlan,
): string {
  const { afterVariable } = plan.field;
  const counted = Object.entries(variables ?? {}).filter(([name]) => name !== afterVariable);
  const facts = JSON.stringify([plan.stream, source, operationName, counted, callerKey(caller), tellsCost]);
  return createHash('sha256').update(facts).digest('base64url');
}

function failure(error: unknown): ExecutionResult {
  if (error instanceof SubscriptionRefused) return { errors: error.errors, data: null };
  if (error instanceof CodedError) {
    const { code, extensions } = error;
    return { errors: [new GraphQLError(error.message, { extensions: { ...extensions, code } })] };
  }
  const text = 'Live events cannot be had at the moment.';
  const originalError = error instanceof Error ? error : new Error(String(error));
  return { errors: [new GraphQLError(text, { extensions: { code: 'SERVICE_UNAVAILABLE' }, originalError })] };
}
