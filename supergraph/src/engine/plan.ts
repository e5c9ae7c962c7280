import type { QueryPlan, QueryPlanner } from '@apollo/query-planner';
import type { Caller } from '@storefront/platform/identity/caller.ts';
import type { Log } from '@storefront/platform/log/log.ts';
import { type Metrics, silentMetrics } from '@storefront/platform/telemetry/metrics.ts';
import type { Tracer } from '@storefront/platform/telemetry/tracer.ts';
import { parse } from 'graphql';
import type { CacheRules } from '../composition/read-cache-rules.ts';
import type { Signal } from '../subgraphs/signal.ts';
import { readReservedNames } from './compile/aliases.ts';
import type { Graph } from './engine.ts';
import { type CompiledOperation, createOperationCompiler } from './planning/compile-operation.ts';
import { createKnownOperations, type KnownOperation, type OperationAsked } from './planning/known-operations.ts';
import { createLabelDraw, type OverrideOptions, readOverrideLabels } from './planning/override-labels.ts';
import { measurePlanning } from './planning/measure-planning.ts';
import { createPlanCache, type PlanCache, type PlanSlot } from './planning/plan-cache.ts';
import {
  createPlanningThreads,
  type PlanningThreads,
  type PlanningThreadsOptions,
} from './planning/planning-threads.ts';
import { createSlotPlanner } from './planning/slot-planner.ts';
import { tracePlanning } from './planning/trace-planner.ts';
import { warmUp } from './planning/warm-up.ts';
import type { SeparatedSupergraph } from './rewrite/required-arguments.ts';
import type { Rights } from './rights.ts';

export type { CompiledOperation } from './planning/compile-operation.ts';
export type { KnownOperation } from './planning/known-operations.ts';

/** Plans operations of one graph, each once. */
export interface Planner {
  /** @throws CodedError OPERATION_RESOLUTION_FAILURE; BAD_USER_INPUT when its fragments expand to too many selections */
  find(asked: OperationAsked): KnownOperation;
  /**
   * What runs the operation. `variables` are coerced: those of @skip and @include are decided before planning, each combination
   * with a plan of its own, and so is each set of labels of @override. What is planned already comes at once, without a promise;
   * of equal requests the first plans. A small operation is planned here, a big one in a thread.
   * @throws CodedError GRAPHQL_VALIDATION_FAILED when the document does not fit the graph; DEADLINE_EXCEEDED or
   * SERVICE_UNAVAILABLE when a thread took too long or died over it. The promise rejects with the same
   */
  plan(
    known: KnownOperation,
    variables: Readonly<Record<string, unknown>>,
  ): CompiledOperation | Promise<CompiledOperation>;
  /** The plan of an operation, planned anew here and now, for those who want to look at it; null when nothing is fetched. Throws as `plan` does. */
  explain(known: KnownOperation, variables: Readonly<Record<string, unknown>>): QueryPlan | null;
  /** Plans in threads what was busy in another graph, as far as it fits this one, until the signal. Never rejects. */
  warmUp(busy: readonly PlanSlot[], signal: Signal): Promise<{ readonly planned: number }>;
  /** What it holds: how many plans, their estimated size, and the busiest. */
  readonly cache: Pick<PlanCache, 'plans' | 'sizeBytes' | 'busiest'>;
  readonly threads: Pick<PlanningThreads, 'running'>;
  close(): Promise<void>;
}

/** How a planner plans. */
export interface PlannerOptions extends PlanningThreadsOptions {
  /** What the plans may take of memory, by estimate (plan-size.ts). Default 64 MiB. */
  readonly planCacheBytes?: number;
  /** From how many selections, fragments expanded, an operation is planned in a thread. Default 100. */
  readonly bigFromSelections?: number;
  /** Who decides the labels of @override. */
  readonly overrides?: OverrideOptions;
}

export interface PlannerDeps {
  readonly queryPlanner: QueryPlanner;
  readonly graph: Pick<Graph, 'schema' | 'policies'>;
  /** What the graph says about keeping data, where somebody keeps it. Default: nothing. */
  readonly rules?: CacheRules | null;
  /** As `queryPlanner` has loaded it. */
  readonly supergraphSdl: string;
  /** What was changed in that supergraph, to be put back into its plans. */
  readonly separated: SeparatedSupergraph | null;
  readonly rightsOf: (caller: Caller) => Rights;
  readonly log: Log;
  /** Where it is told how long planning takes. Default: nowhere. */
  readonly metrics?: Metrics;
  /** Makes spans of it. Default: none. */
  readonly tracer?: Tracer | null;
}

const defaultCacheBytes = 64 * 1024 * 1024;

/** Creates a planner that remembers what it has planned, compiled, within a size. */
export function createPlanner(deps: PlannerDeps, options: PlannerOptions = {}): Planner {
  const { queryPlanner, graph, rules = null, supergraphSdl, separated, rightsOf, log } = deps;
  const { metrics = silentMetrics, tracer } = deps;
  const { planCacheBytes = defaultCacheBytes, bigFromSelections = 100, overrides = {} } = options;
  const labels = readOverrideLabels(parse(supergraphSdl, { noLocation: true }));
  const reserved = readReservedNames(supergraphSdl);
  const operations = createKnownOperations(graph, { rightsOf, labels, reserved });
  const compiler = createOperationCompiler({
    queryPlanner,
    schema: graph.schema,
    supergraphSdl,
    separated,
    reserved,
    rules,
  });
  const cache = createPlanCache(operations, planCacheBytes);
  const threads = createPlanningThreads({ supergraphSdl, log }, options);
  const planSlot = createSlotPlanner(
    { ...measurePlanning({ compiler, threads, metrics }), cache },
    { bigFromSelections },
  );
  const drawLabels = createLabelDraw(overrides);
  const plan: Planner['plan'] = (known, variables) =>
    planSlot(known, { flags: flagsOf(known, variables), labels: drawLabels(known.labels) });
  return {
    cache,
    threads,
    find: (asked) => operations.find(asked),
    plan: tracer ? tracePlanning(plan, tracer) : plan,
    explain(known, variables) {
      const draft = compiler.draft(known, flagsOf(known, variables));
      const overrides = nameLabels(known, drawLabels(known.labels));
      return draft && compiler.restore(compiler.planHere(draft, overrides));
    },
    warmUp: (busy, signal) => warmUp({ schema: graph.schema, operations, planSlot, log }, busy, signal),
    close: () => threads.close(),
  };
}

/** `1` or `0` for each variable of @skip and @include. */
function flagsOf({ flags }: KnownOperation, variables: Readonly<Record<string, unknown>>): string {
  let key = '';
  for (const name of flags) key += variables[name] === true ? '1' : '0';
  return key;
}

function nameLabels({ labels }: KnownOperation, drawn: string): readonly (readonly [string, boolean])[] {
  return labels.map(({ name }, at) => [name, drawn[at] === '1'] as const);
}
