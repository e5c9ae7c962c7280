import type { QueryPlannerConfig } from '@apollo/query-planner';

/** How operations are planned, on the path of requests and in threads alike. */
export const plannerConfig: QueryPlannerConfig = Object.freeze({
  incrementalDelivery: { enableDefer: true },
});
