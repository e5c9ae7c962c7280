import type { ExecutionArgs, GraphQLError, OperationDefinitionNode } from 'graphql';
import type { SubscribePayload } from 'graphql-ws';
import type { Caller } from '@storefront/platform/identity/caller.ts';
import { newTraceparent } from '@storefront/platform/telemetry/trace-context.ts';
import type { Span, Tracer } from '@storefront/platform/telemetry/tracer.ts';
import { asksForCost } from '../../engine/cost/tell-cost.ts';
import { asksForExplanation } from '../../engine/explain/explanation.ts';
import type { Admit } from '../../guards/admit.ts';
import { codesOf } from '../../guards/error-codes.ts';
import type { Lifetime } from '../../guards/lifetimes.ts';
import { toGraphQLErrors } from '../../guards/refusal.ts';
import type { OperationTexts } from '../../guards/trusted/operation-texts.ts';
import type { SubscriptionRequest } from '../../live/subscribe.ts';

/** One operation of a socket, for the log. `operationName` is one of a good document, so no text of the client's own. */
export interface SocketOperation {
  readonly caller: Caller;
  readonly traceparent: string;
  readonly operationName?: string | undefined;
  readonly operationType?: string | undefined;
  readonly ms: number;
  /** How many results were sent: the events of a subscription. */
  readonly results: number;
  readonly errorCodes: readonly string[];
}

/** What a session works with. */
export interface SessionDeps {
  readonly admit: Admit;
  readonly texts: OperationTexts;
  /** Told of each operation when it has ended, or could not begin. */
  readonly onOperation: (operation: SocketOperation) => void;
  /** Makes a span of each operation. Default: none. */
  readonly tracer?: Tracer | null;
}

interface RunningOperation {
  readonly end: AbortController;
  readonly traceparent: string;
  readonly span: Span | null;
  readonly startedAt: number;
  readonly errorCodes: Set<string>;
  operation?: OperationDefinitionNode;
  results: number;
}

/** Who is at the other end of a socket, and what runs for them. */
export class SocketSession {
  readonly lifetime: Lifetime;
  readonly #deps: SessionDeps;
  readonly #clientAddress: string;
  readonly #leave: () => void;
  readonly #running = new Map<string, RunningOperation>();

  /** `leave` is called once when the session ends. */
  constructor(deps: SessionDeps, at: { lifetime: Lifetime; clientAddress: string; leave: () => void }) {
    this.#deps = deps;
    this.lifetime = at.lifetime;
    this.#clientAddress = at.clientAddress;
    this.#leave = at.leave;
  }

  /** How many operations run. */
  get size(): number {
    return this.#running.size;
  }

  /** Reserves the operation's place before it waits for anything, so that a limit holds for messages that come at once. */
  async begin(id: string, payload: SubscribePayload): Promise<ExecutionArgs | readonly GraphQLError[]> {
    const { caller } = this.lifetime.identity;
    const clientAddress = this.#clientAddress;
    const operationName = payload.operationName ?? undefined;
    const end = new AbortController();
    const span = this.#deps.tracer ? startOperation(this.#deps.tracer, payload) : null;
    const running: RunningOperation = {
      end,
      span,
      traceparent: span?.traceparent ?? newTraceparent(),
      startedAt: performance.now(),
      errorCodes: new Set(),
      results: 0,
    };
    this.#running.set(id, running);
    const found = this.#deps.texts.isNamed(payload) ? await this.#deps.texts.find(payload) : { source: payload.query };
    if ('refused' in found) return toGraphQLErrors(found.refused);
    const source = found.source ?? '';
    const variables = payload.variables ?? undefined;
    const admission = await this.#deps.admit({ caller, clientAddress, source, operationName, variables });
    if ('refused' in admission) return toGraphQLErrors(admission.refused);
    const { document, graph, operation } = admission;
    running.operation = operation;
    const { traceparent } = running;
    const contextValue: SubscriptionRequest = {
      document,
      source,
      operationName,
      variables,
      caller,
      traceparent,
      clientAddress,
      signal: end.signal,
      tellsCost: asksForCost(payload.extensions),
      explains: asksForExplanation(payload.extensions),
    };
    return { schema: graph.schema, document, operationName, variableValues: variables, contextValue };
  }

  noteResult(id: string, errors: readonly GraphQLError[] | undefined): void {
    const running = this.#running.get(id);
    if (running) running.results += 1;
    this.noteErrors(id, errors ?? []);
  }

  noteErrors(id: string, errors: readonly GraphQLError[]): void {
    for (const code of codesOf(errors)) this.#running.get(id)?.errorCodes.add(code);
  }

  /** Ends one operation. */
  finish(id: string): void {
    const ended = this.#running.get(id);
    if (!ended) return;
    this.#running.delete(id);
    ended.end.abort();
    if (ended.span) endOperation(ended.span, ended);
    const { traceparent, startedAt, operation, results, errorCodes } = ended;
    this.#deps.onOperation({
      caller: this.lifetime.identity.caller,
      traceparent,
      results,
      operationName: operation?.name?.value,
      operationType: operation?.operation,
      ms: performance.now() - startedAt,
      errorCodes: [...errorCodes],
    });
  }

  /** Ends everything. */
  close(): void {
    this.lifetime.end();
    this.#leave();
    for (const id of this.#running.keys()) this.finish(id);
  }
}

/** A message has no headers: a client that traces says so in the extensions of its payload. */
function startOperation(tracer: Tracer, { extensions }: SubscribePayload): Span {
  const parent = extensions?.['traceparent'];
  return tracer.start('websocket', {
    kind: 'server',
    parent: typeof parent === 'string' ? parent : undefined,
    isRemote: true,
  });
}

function endOperation(span: Span, { operation, results, errorCodes }: RunningOperation): void {
  const { operation: type, name } = operation ?? {};
  span.rename(`websocket ${type ?? 'operation'}${name ? ` ${name.value}` : ''}`);
  span.set({
    'graphql.operation.type': type,
    'graphql.operation.name': name?.value,
    'network.protocol.name': 'websocket',
    'storefront.results': results,
    'storefront.error_codes': errorCodes.size > 0 ? [...errorCodes] : undefined,
  });
  span.end();
}
