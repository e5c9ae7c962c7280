import { Supergraph } from '@apollo/federation-internals';
import { QueryPlanner, type QueryPlannerConfig } from '@apollo/query-planner';

/** How operations are planned, on the path of requests and in threads alike. */
export const plannerConfig: QueryPlannerConfig = Object.freeze({
  incrementalDelivery: { enableDefer: true },
});

/** Loads a supergraph that ApolloGateway has loaded before, or that was made from one, so that it needs no validation. */
export function loadQueryPlanner(supergraphSdl: string): QueryPlanner {
  return new QueryPlanner(Supergraph.build(supergraphSdl, { validateSupergraph: false }), plannerConfig);
}
