import type { executeQueryPlan } from '@apollo/gateway';
import type { Log } from '@storefront/platform/log/log.ts';
import type { GraphQLSchema } from 'graphql';
import type { QueryPlanner } from '@apollo/query-planner';
import type { GatewayModule } from './config.ts';
import type { RunContext } from './data-source.ts';
import type { PlannedOperation, Services } from './plan.ts';

type RequestContext = Parameters<typeof executeQueryPlan>[2];

/** What came of a plan. `errors` are as the executor found them: not yet fit for a client. */
export interface RunOutcome {
  readonly data: Record<string, unknown> | null;
  readonly errors: readonly unknown[];
  readonly extensions?: Readonly<Record<string, unknown>> | undefined;
}

/** Runs plans of one graph. */
export type RunPlan = (
  planned: PlannedOperation,
  variables: Readonly<Record<string, unknown>>,
  context: RunContext,
) => Promise<RunOutcome>;

/** Creates the runner: Apollo's executor over the graph's data sources. */
export function createRunner(
  { executeQueryPlan }: Pick<GatewayModule, 'executeQueryPlan'>,
  {
    queryPlanner,
    services,
    log,
  }: { readonly queryPlanner: QueryPlanner; readonly services: Services; readonly log: Log },
): RunPlan {
  const apiSchema = queryPlanner.supergraph.apiSchema();
  const supergraphSchema: GraphQLSchema = queryPlanner.supergraph.schema.toGraphQLJSSchema();
  return async ({ plan, context: operationContext }, variables, context) => {
    // The executor reads no more than this of a request.
    const request = { request: { variables: { ...variables } }, context, metrics: {}, logger: log };
    const { data, errors, extensions } = await executeQueryPlan(
      plan,
      services,
      request as unknown as RequestContext,
      operationContext,
      supergraphSchema,
      apiSchema,
    );
    return { data: data ?? null, errors: errors ?? [], extensions };
  };
}
