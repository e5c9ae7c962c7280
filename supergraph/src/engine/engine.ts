import { CodedError } from '@storefront/platform/errors/coded-error.ts';
import type { Caller } from '@storefront/platform/identity/caller.ts';
import type { Log } from '@storefront/platform/log/log.ts';
import type { Metrics } from '@storefront/platform/telemetry/metrics.ts';
import type { Tracer } from '@storefront/platform/telemetry/tracer.ts';
import type { DomainEvent } from '@storefront/schema/events/event.ts';
import type { DocumentNode, ExecutionResult, GraphQLError, GraphQLSchema } from 'graphql';
import type { FetchCache } from '../cache/fetch-cache.ts';
import type { CachingSink } from '../cache/tell-caching.ts';
import type { Composition } from '../composition/composer.ts';
import type { LiveDefinition, Policies, SubgraphSummary } from '../composition/supergraph.ts';
import type { SubgraphClient } from '../subgraphs/client.ts';
import type { Balancing } from '../subgraphs/balancing/balancing.ts';
import { shareInFlight } from '../subgraphs/share-in-flight.ts';
import type { Signal } from '../subgraphs/signal.ts';
import { loadGatewayModule } from './config.ts';
import { type CostOptions, priceOperation, withCost } from './cost/price-operation.ts';
import { executeInParts, findDefers } from './defer/execute-in-parts.ts';
import type { IncrementalResult } from './defer/incremental-result.ts';
import { createExplainer, type Explainer } from './explain/explain-engine.ts';
import { executeOperation, refuseOperation } from './execute.ts';
import { createFlights, type Flights } from './flights.ts';
import { createFigures, type EngineFigures } from './figures.ts';
import { followGenerations, type Generations, type WarmUpOptions } from './generations.ts';
import { readLiveField } from './live-field.ts';
import { createMemo, defaultMemoBytes } from './memo.ts';
import type { PlannerOptions } from './plan.ts';
import { toPublicError } from './public-errors.ts';
import type { PolicyEnforcers } from './rights.ts';

/** One operation to execute: parsed and valid for the graph now served. `source` is the text that `document` was parsed from. */
export interface OperationRequest {
  readonly document: DocumentNode;
  readonly source: string;
  readonly operationName?: string | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
  readonly caller: Caller;
  /** Aborted when the client has gone: everything downstream is then given up. */
  readonly signal: Signal;
  readonly traceparent: string;
  readonly clientAddress: string;
  /** The client said `Cache-Control: no-store`: the answer is made for it alone, and nothing of it is kept. Default false. */
  readonly noStore?: boolean;
  /** The client wants to know what it costs: `extensions.cost`. Default false. */
  readonly tellsCost?: boolean;
  /** The client said `Cache-Control: no-cache`: everything is read anew, and may be kept for others. Default false. */
  readonly noCache?: boolean;
  /** Takes how old the answer is, and how long it may be kept. Default: nobody wants to know. */
  readonly caching?: CachingSink | undefined;
  /** The client wants to know too: `extensions.cache`. Default false. */
  readonly tellsCache?: boolean;
  /** The client wants to know how it is answered: `extensions.explain`, for those who may. It is run for itself. Default false. */
  readonly explains?: boolean;
}

/** A subscription operation to execute for one event. */
export interface EventRequest extends OperationRequest {
  readonly event: DomainEvent;
  /** Where the event stands in the subscriber's stream. */
  readonly cursor: string;
}

/** A composed graph as it is served. */
export interface Graph {
  /** A hash of the supergraph; equal graphs have equal ids. */
  readonly id: string;
  /** The API schema: what clients see, and what documents are validated against. */
  readonly schema: GraphQLSchema;
  readonly supergraphSdl: string;
  readonly policies: Policies;
  readonly liveFields: ReadonlyMap<string, LiveDefinition>;
  readonly subgraphs: readonly SubgraphSummary[];
}

/** What `@live` says about a subscription operation, its arguments filled in. */
export interface LiveField {
  /** The CloudEvents types that it announces. */
  readonly events: readonly string[];
  /** Only events whose attribute equals the value are wanted; null for all. */
  readonly filter: { readonly attribute: string; readonly value: string } | null;
  /** The scope whose holders see every event; null when there is none. */
  readonly seesAll: string | null;
  /** The cursor after which to go on (the `after` argument); null to begin now. */
  readonly after: string | null;
  /** The variable that gives `after`; null when there is none. */
  readonly afterVariable: string | null;
}

/** 'waiting' before the first composition; then 'serving' for ever: a failing composition keeps the last good graph. */
export type EngineState =
  | { readonly phase: 'waiting'; readonly reasons: readonly string[] }
  | { readonly phase: 'serving'; readonly graph: Graph };

/**
 * The one door to the graph, for every transport. It knows no transport: an operation in, a result out.
 * Nothing here throws for an expected thing; faults are in the result's `errors`, each with a stable code.
 */
export interface Engine {
  readonly state: EngineState;
  /** Why the newest composed graph is not served although it composed; null when it is. */
  readonly fault: string | null;
  /** What it keeps now, for whoever watches it. */
  readonly figures: EngineFigures;
  /** Calls the listener at each swap, and at once when there is a graph. Returns what ends that. */
  onGraph(listener: (graph: Graph) => void): () => void;
  /** Executes a query or mutation. What @defer marks is in the answer as everything else. */
  execute(request: OperationRequest): Promise<ExecutionResult>;
  /** Executes a query or mutation for a client that takes an answer in parts: what @defer marks comes later. */
  executeInParts(request: OperationRequest): Promise<ExecutionResult | IncrementalResult>;
  /** True when the operation defers something with these variables, so that its answer may be in parts. */
  isDeferred(request: Omit<OperationRequest, 'signal' | 'traceparent' | 'clientAddress'>): boolean;
  /**
   * What the operation costs at most, estimated before it is executed; what its caller may not see costs nothing.
   * @throws CodedError COST_LIMIT_EXCEEDED, OPERATION_TOO_LARGE; BAD_USER_INPUT when a slicing argument is missing
   */
  price(request: Omit<OperationRequest, 'signal' | 'traceparent' | 'clientAddress'>): number;
  /**
   * Says how an operation is answered for its caller, and executes it for that when asked to.
   * @throws CodedError GRAPH_NOT_READY, and for what is no operation of the graph
   */
  readonly explain: Explainer['explain'];
  /** Executes a subscription operation for one event. */
  executeEvent(request: EventRequest): Promise<ExecutionResult>;
  /** Why the caller may not subscribe: empty when the root field may be seen. Ask before subscribing. */
  authorizeSubscription(
    request: Omit<OperationRequest, 'signal' | 'traceparent' | 'clientAddress'>,
  ): readonly GraphQLError[];
  /** Reads what `@live` says of a subscription operation. @throws CodedError BAD_USER_INPUT when its field is not live */
  liveField(
    graph: Graph,
    document: DocumentNode,
    operationName?: string,
    variables?: Readonly<Record<string, unknown>>,
  ): LiveField;
  /** Ends when the running requests have ended. */
  close(): Promise<void>;
}

/** What the engine works with. */
export interface EngineDeps {
  readonly composition: Composition;
  readonly client: SubgraphClient;
  readonly log: Log;
  /** Where it is told how long planning takes. Default: nowhere. */
  readonly metrics?: Metrics;
  /** Keeps what the graph lets be kept. Default: nobody does. */
  readonly cache?: FetchCache | null;
  /** Makes spans of planning. Default: none. */
  readonly tracer?: Tracer | null;
  /** How the instances of subgraphs stand, for explanations; it is told of each graph that serves. Default: nothing is said of them. */
  readonly balancing?: Pick<Balancing, 'states' | 'prefer'>;
}

/** How the engine behaves. */
export interface EngineOptions {
  /** Development: errors name the subgraph and keep what it said of them. Default false. */
  readonly showDetail?: boolean;
  /** The budget of a whole request. Default 5,000. */
  readonly requestTimeoutMs?: number;
  /** Runs equal operations, and sends equal fetches, of equal callers that are under way at the same time once; never mutations or events. Default true. */
  readonly sharing?: boolean;
  /** How much may be kept of how operations went, in bytes (see memo.ts); 0 keeps nothing. Default 16 MiB. */
  readonly memoBytes?: number;
  /** What decides the policies of `@policy`. A graph with a policy that is not here is not served. Default: none. */
  readonly enforcers?: PolicyEnforcers;
  /** Who may be told how operations are answered. Default: nobody. */
  readonly mayExplain?: (caller: Caller) => boolean;
  /** What operations may cost. */
  readonly cost?: CostOptions;
  /** How operations are planned, what plans may take of memory, who decides labels of @override, and how a new graph is warmed up. */
  readonly planning?: PlannerOptions & WarmUpOptions;
}

const defaults = {
  showDetail: false,
  requestTimeoutMs: 5_000,
  sharing: true,
  memoBytes: defaultMemoBytes,
  enforcers: {},
  planning: {},
  cost: {},
  mayExplain: () => false,
} satisfies EngineOptions;

/** Creates the engine over what composition gives, now and later. */
export function createEngine(deps: EngineDeps, options: EngineOptions = {}): Engine {
  const settings: Required<EngineOptions> = { ...defaults, ...options };
  const { showDetail, requestTimeoutMs, sharing, memoBytes, enforcers, planning, cost, mayExplain } = settings;
  const { composition, client, log } = deps;
  const sender = sharing ? shareInFlight(client) : client;
  const loading = { ...deps, client: sender, enforcers, loadGatewayModule, planning, ...cost };
  const generations = followGenerations(loading, planning);
  generations.onGraph(({ subgraphs }) => deps.balancing?.prefer(subgraphs));
  const memo = createMemo(memoBytes);
  const always = { log, showDetail, requestTimeoutMs, flights: openFlights(sharing, deps.cache ?? null), memo };
  const explainer = createExplainer({ ...deps, current: () => generations.current, mayExplain, cost, running: always });
  const execute = async (request: OperationRequest, announced?: { event: DomainEvent; cursor: string }) => {
    const { current } = generations;
    if (!current) return { errors: [toPublicError(always, notComposed())] };
    if (request.explains && !announced) return explainer.executeExplained(current, request);
    const running = announced ? { ...always, announced } : always;
    return withCost(current, request, await current.hold(() => executeOperation(current, request, running)), cost);
  };
  return {
    get state() {
      return stateOf(generations, composition);
    },
    get fault() {
      return generations.fault;
    },
    figures: createFigures(() => generations.current, memo),
    onGraph: (listener) => generations.onGraph(listener),
    execute: (request) => execute(request),
    async executeInParts(request) {
      const { current } = generations;
      if (!current || request.explains || !findDefers(current, request)) return execute(request);
      return withCost(current, request, await executeInParts(current, request, always), cost);
    },
    isDeferred: (request) => generations.current !== null && findDefers(generations.current, request) !== null,
    price: (request) => (generations.current ? priceOperation(generations.current, request, cost) : 0),
    explain: (request, options) => explainer.explain(request, options),
    executeEvent: ({ event, cursor, ...request }) => execute(request, { event, cursor }),
    authorizeSubscription(request) {
      const { current } = generations;
      return current ? refuseOperation(current, request, always) : [toPublicError(always, notComposed())];
    },
    liveField: (graph, document, ...named) =>
      readLiveField(graph, document, { operationName: named[0], variables: named[1] }),
    close: () => generations.close(),
  };
}

/** Nobody joins an operation that began before a change was heard. */
function openFlights(sharing: boolean, cache: FetchCache | null): Flights {
  const flights = createFlights({ sharing });
  cache?.onPurge(() => flights.clear());
  return flights;
}

function stateOf({ current, fault }: Pick<Generations, 'current' | 'fault'>, composition: Composition): EngineState {
  if (current) return { phase: 'serving', graph: current.graph };
  return { phase: 'waiting', reasons: fault === null ? composition.state.waitsFor : [fault] };
}

function notComposed(): CodedError {
  return new CodedError('SERVICE_UNAVAILABLE', 'The graph is not there yet: try again in a moment');
}
