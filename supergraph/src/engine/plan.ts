import { CodedError } from '@storefront/platform/errors/coded-error.ts';
import type { executeQueryPlan, GraphQLDataSource } from '@apollo/gateway';
import type { QueryPlan, QueryPlanner, SubscriptionNode } from '@apollo/query-planner';
import { operationFromDocument } from '@apollo/federation-internals';
import type { DocumentNode, GraphQLSchema } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { GatewayModule } from './config.ts';

/** What Apollo's executor calls an operation context: schema, operation and fragments. */
type OperationContext = Parameters<typeof executeQueryPlan>[3];

/** One operation, planned. */
export interface PlannedOperation {
  readonly plan: QueryPlan;
  readonly context: OperationContext;
}

/** Plans operations of one graph. */
export interface Planner {
  /** The same `key` stands for the same document and operation. @throws CodedError GRAPHQL_VALIDATION_FAILED when the document does not fit the graph */
  plan(key: string, document: DocumentNode, operationName?: string): PlannedOperation;
}

/** The data sources of a graph, by subgraph. */
export type Services = Record<string, GraphQLDataSource>;

const maxPlans = 1_000;

/** Creates a planner that remembers its last 1,000 plans. */
export function createPlanner(
  { buildOperationContext }: Pick<GatewayModule, 'buildOperationContext'>,
  { queryPlanner, schema }: { readonly queryPlanner: QueryPlanner; readonly schema: GraphQLSchema },
): Planner {
  const plans = new LRUCache<string, PlannedOperation>({ max: maxPlans });
  const apiSchema = queryPlanner.supergraph.apiSchema();
  return {
    plan(key, document, operationName) {
      const known = plans.get(key);
      if (known) return known;
      const name = operationName === undefined ? {} : { operationName };
      const operation = readOperation(apiSchema, document, name);
      const context = buildOperationContext({ schema, operationDocument: document, ...name });
      const plan = queryPlanner.buildQueryPlan(operation);
      const planned = { plan: plan.node?.kind === 'Subscription' ? asSequence(plan.node) : plan, context };
      plans.set(key, planned);
      return planned;
    },
  };
}

/** A document that was valid for another graph may not fit this one. */
function readOperation(...[schema, document, name]: Parameters<typeof operationFromDocument>) {
  try {
    return operationFromDocument(schema, document, name);
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : 'The document does not fit the graph';
    throw new CodedError('GRAPHQL_VALIDATION_FAILED', text, { cause });
  }
}

/** One event of a subscription: the primary fetch, which resolves the event where it comes from, then the rest like any plan. */
function asSequence({ primary, rest }: SubscriptionNode): QueryPlan {
  return { kind: 'QueryPlan', node: rest ? { kind: 'Sequence', nodes: [primary, rest] } : primary };
}
