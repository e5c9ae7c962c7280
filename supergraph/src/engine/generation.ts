import type { Caller } from '@storefront/platform/identity/caller.ts';
import type { Log } from '@storefront/platform/log/log.ts';
import type { Metrics } from '@storefront/platform/telemetry/metrics.ts';
import type { Tracer } from '@storefront/platform/telemetry/tracer.ts';
import type { FetchCache } from '../cache/fetch-cache.ts';
import type { Supergraph } from '../composition/supergraph.ts';
import type { SubgraphClient } from '../subgraphs/client.ts';
import type { GatewayModule } from './config.ts';
import type { Graph } from './engine.ts';
import { createPricing, type Pricing } from './cost/pricing.ts';
import { withDeferDirective } from './defer/defer-directive.ts';
import { createDeferReader, type DeferReader } from './defer/read-defers.ts';
import { createPlanner, type Planner, type PlannerOptions } from './plan.ts';
import { loadQueryPlanner, plannerConfig } from './planning/load-query-planner.ts';
import { orderKeys } from './rewrite/order-keys.ts';
import { separateRequiredArguments } from './rewrite/required-arguments.ts';
import { type PolicyEnforcers, readRights, type Rights } from './rights.ts';

/**
 * All that belongs to one graph: what it looks like, its planner and what runs its plans. A request stays with the generation it began
 * with; `retire` waits for the last of them, so a swap drops none.
 */
export interface Generation {
  readonly graph: Graph;
  readonly planner: Planner;
  readonly pricing: Pricing;
  readonly client: Pick<SubgraphClient, 'send'>;
  readonly log: Log;
  readonly defers: DeferReader;
  /** Asked before the subgraphs are; null when nobody keeps anything, or the graph lets nothing be kept. */
  readonly cache: FetchCache | null;
  /** What of a caller counts for the policies of this graph. */
  readonly rightsOf: (caller: Caller) => Rights;
  /** Runs a task within this generation. */
  hold<Result>(task: () => Promise<Result>): Promise<Result>;
  /** Ends when the last task has ended. */
  retire(): Promise<void>;
}

/** What a generation is made of. */
export interface GenerationDeps {
  readonly gatewayModule: GatewayModule;
  readonly client: SubgraphClient;
  readonly log: Log;
  readonly enforcers: PolicyEnforcers;
  readonly planning: PlannerOptions;
  readonly metrics?: Metrics;
  /** How many elements a list is taken to have of which the graph says nothing. Default 10. */
  readonly assumedListSize?: number;
  /** Keeps what the graph lets be kept. Default: nobody does. */
  readonly cache?: FetchCache | null;
  readonly tracer?: Tracer | null;
}

/** Loads a supergraph. @throws Error when ApolloGateway refuses it, CodedError when nothing enforces a policy of it */
export async function createGeneration(deps: GenerationDeps, supergraph: Supergraph): Promise<Generation> {
  const { gatewayModule, client, log, metrics, enforcers, planning, assumedListSize = 10 } = deps;
  const { cache = null, tracer = null } = deps;
  const rightsOf = readRights(supergraph.policies, enforcers);
  const orderedSdl = orderKeys(supergraph.gatewaySdl);
  const gateway = new gatewayModule.ApolloGateway({
    supergraphSdl: orderedSdl,
    logger: log,
    queryPlannerConfig: plannerConfig,
    buildService: () => ({ process: refuseToFetch }),
  });
  const schema = withDeferDirective((await gateway.load()).schema);
  const { queryPlanner: loaded } = gateway.__testing();
  if (!loaded) throw new Error('ApolloGateway has loaded no planner');
  const separated = separateRequiredArguments(orderedSdl);
  const queryPlanner = separated ? loadQueryPlanner(separated.sdl) : loaded;
  const tasks = countTasks();
  const { id, sdl: supergraphSdl, policies, liveFields, subgraphs } = supergraph;
  const graph: Graph = { id, schema, supergraphSdl, policies, liveFields, subgraphs };
  const plannedSdl = separated?.sdl ?? orderedSdl;
  const plannerDeps = {
    tracer,
    queryPlanner,
    graph,
    rules: cache && supergraph.cacheRules,
    supergraphSdl: plannedSdl,
    separated,
    rightsOf,
    log,
    ...(metrics ? { metrics } : {}),
  };
  const planner = createPlanner(plannerDeps, planning);
  cache?.follow(supergraph.cacheRules);
  return {
    graph,
    planner,
    pricing: createPricing({ schema, costs: supergraph.costs, assumedListSize }),
    client,
    log,
    rightsOf,
    defers: createDeferReader(),
    cache: supergraph.cacheRules && cache,
    hold: (task) => tasks.hold(task),
    async retire() {
      await tasks.idle();
      await planner.close();
      await gateway.stop();
    },
  };
}

/** ApolloGateway wants something that fetches, although it only plans here. */
async function refuseToFetch(): Promise<never> {
  throw new Error('ApolloGateway is not asked to fetch');
}

/** Counts the running tasks and tells when there are none. */
function countTasks() {
  let running = 0;
  const wakes: (() => void)[] = [];
  return {
    async hold<Result>(task: () => Promise<Result>): Promise<Result> {
      running += 1;
      try {
        return await task();
      } finally {
        running -= 1;
        if (running === 0) for (const wake of wakes.splice(0)) wake();
      }
    },
    idle: () => (running === 0 ? Promise.resolve() : new Promise<void>((wake) => wakes.push(wake))),
  };
}
