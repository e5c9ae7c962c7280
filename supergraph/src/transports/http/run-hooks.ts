import type {
  ApolloServerPlugin,
  GraphQLRequestContextDidEncounterErrors,
  GraphQLRequestContextExecutionDidStart,
  GraphQLRequestContextWillSendResponse,
  GraphQLRequestListener,
  GraphQLResponse,
} from '@apollo/server';
import type { Log } from '@storefront/platform/log/log.ts';
import type { DocumentNode, ExecutionResult, GraphQLError, OperationDefinitionNode } from 'graphql';
import { applyHead, formatErrors, nameInputError, toError, toGraphQLError } from './format-errors.ts';
import type { OperationContext } from './operation-context.ts';
import { toSingleResult } from './single-result.ts';

/** A plugin of this server. */
export type Plugin = ApolloServerPlugin<OperationContext>;

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };
/** What the hooks of one request are called with. The members appear with the stages that find them out, as in Apollo Server. */
export type HookContext = Writable<
  GraphQLRequestContextExecutionDidStart<OperationContext> &
    GraphQLRequestContextDidEncounterErrors<OperationContext> &
    GraphQLRequestContextWillSendResponse<OperationContext>
>;

/** A document that needs no parsing and no validation any more, and the operation that is meant. */
export interface KnownOperation {
  readonly source: string;
  readonly hash: string;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
}

/** What the hooks of one request need. */
export interface HookDeps {
  readonly plugins: readonly Plugin[];
  readonly log: Pick<Log, 'error'>;
  readonly execute: (context: HookContext) => Promise<ExecutionResult>;
}

/**
 * The way of a known document through the hooks of plugins, as Apollo Server goes it: requestDidStart, didResolveSource,
 * didResolveOperation, responseForOperation, executionDidStart, didEncounterErrors, executionDidEnd, willSendResponse. Those of
 * one stage are called in the order of the plugins before any is awaited. A fault of didResolveOperation or of `execute` becomes
 * the answer; of another hook it is told to unexpectedErrorProcessingRequest.
 * @throws Error when a hook fails that may not
 * Source: requestPipeline.ts of @apollo/server 5.5
 */
export async function runHooks(
  { plugins, log, execute }: HookDeps,
  context: HookContext,
  known: KnownOperation,
): Promise<GraphQLResponse> {
  try {
    const listeners = await callAll(plugins, (plugin) => plugin.requestDidStart?.(context));
    return await new Stages(listeners, context).run(known, execute);
  } catch (thrown) {
    const error = toError(thrown);
    const told = { requestContext: context, error };
    await Promise.all(plugins.map(async (plugin) => plugin.unexpectedErrorProcessingRequest?.(told)));
    log.error(`Unexpected error processing request: ${String(error)}`);
    throw new Error('Internal server error', { cause: thrown });
  }
}

type Listener = GraphQLRequestListener<OperationContext>;

/** The stages of one request, with those who listen to it. */
class Stages {
  readonly #listeners: readonly Listener[];
  readonly #context: HookContext;

  constructor(listeners: readonly Listener[], context: HookContext) {
    this.#listeners = listeners;
    this.#context = context;
  }

  async run(known: KnownOperation, execute: HookDeps['execute']): Promise<GraphQLResponse> {
    const context = this.#context;
    context.metrics.persistedQueryHit = false;
    context.metrics.persistedQueryRegister = false;
    context.queryHash = known.hash;
    context.source = known.source;
    await this.#tell((listener) => listener.didResolveSource?.(context));
    context.document = known.document;
    context.operation = known.operation;
    context.operationName = known.operation.name?.value ?? null;
    try {
      await this.#tell((listener) => listener.didResolveOperation?.(context));
    } catch (thrown) {
      return this.#answerErrors([toGraphQLError(thrown)]);
    }
    const given = await this.#askForResponse();
    if (given) {
      context.response.body = given.body;
      applyHead(context.response.http, given.http);
    } else {
      const fault = await this.#execute(execute);
      if (fault) return this.#answerErrors([toGraphQLError(fault)]);
    }
    await this.#tell((listener) => listener.willSendResponse?.(context));
    return context.response;
  }

  /** Returns the fault when there was one. */
  async #execute(execute: HookDeps['execute']): Promise<Error | null> {
    const context = this.#context;
    const followers = await callAll(this.#listeners, (listener) => listener.executionDidStart?.(context));
    followers.reverse();
    try {
      await this.#takeResult(await execute(context));
    } catch (thrown) {
      const error = toError(thrown);
      await callAll(followers, (follower) => follower.executionDidEnd?.(error));
      return error;
    }
    await callAll(followers, (follower) => follower.executionDidEnd?.());
    return null;
  }

  async #takeResult(result: ExecutionResult): Promise<void> {
    const { response } = this.#context;
    const errors = result.errors?.map((error) => nameInputError(error));
    if (errors) await this.#tellErrors(errors);
    const { formatted, head } = formatErrors(errors ?? []);
    if (errors && errors.length > 0 && result.data === undefined) head.status ??= 400;
    applyHead(response.http, head);
    response.body = { kind: 'single', singleResult: toSingleResult(result, errors && formatted) };
  }

  async #answerErrors(errors: readonly GraphQLError[]): Promise<GraphQLResponse> {
    const context = this.#context;
    await this.#tellErrors(errors);
    const { formatted, head } = formatErrors(errors);
    context.response.body = { kind: 'single', singleResult: { errors: formatted } };
    applyHead(context.response.http, head);
    context.response.http.status ??= 500;
    await this.#tell((listener) => listener.willSendResponse?.(context));
    return context.response;
  }

  async #askForResponse(): Promise<GraphQLResponse | null> {
    for (const listener of this.#listeners) {
      const response = listener.responseForOperation && (await listener.responseForOperation(this.#context));
      if (response) return response;
    }
    return null;
  }

  async #tellErrors(errors: readonly GraphQLError[]): Promise<void> {
    this.#context.errors = errors;
    await this.#tell((listener) => listener.didEncounterErrors?.(this.#context));
  }

  #tell(call: (listener: Listener) => Promise<void> | undefined): Promise<unknown> {
    return callAll(this.#listeners, call);
  }
}

/** Calls a hook of all, then waits for all; what they gave, in their order. */
export async function callAll<Target, Given extends object>(
  targets: readonly Target[],
  call: (target: Target) => Promise<Given | void> | undefined,
): Promise<Given[]> {
  const running: Promise<Given | void>[] = [];
  for (const target of targets) {
    const answer = call(target);
    if (answer !== undefined) running.push(answer);
  }
  const [only] = running;
  if (!only) return [];
  const given = running.length === 1 ? [await only] : await Promise.all(running);
  return given.filter((one) => typeof one === 'object' && one !== null);
}
