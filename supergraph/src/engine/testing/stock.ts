import { createLog } from '@storefront/platform/log/log.ts';
import type { DocumentNode, ExecutionResult } from 'graphql';
import { loadGatewayModule } from '../config.ts';

/** @apollo/gateway as it comes, for comparison. */
export interface Stock {
  /** Plans and runs an operation. @throws whatever the planner or the executor throws */
  run(document: DocumentNode, variables: Readonly<Record<string, unknown>>): Promise<ExecutionResult>;
  close(): Promise<void>;
}

/** A request as @apollo/gateway makes it. */
interface Asked {
  readonly subgraph: string;
  readonly query: string;
  readonly operationName?: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Loads a supergraph into an ApolloGateway whose `executeQueryPlan` asks `answer` instead of a network. */
export async function loadStock(supergraphSdl: string, answer: (asked: Asked) => Promise<unknown>): Promise<Stock> {
  const { ApolloGateway } = await loadGatewayModule();
  const { buildOperationContext, executeQueryPlan } = await import('@apollo/gateway');
  const { operationFromDocument } = await import('@apollo/federation-internals');
  type Services = Parameters<typeof executeQueryPlan>[1];
  type Service = Services[string];
  type Context = Parameters<typeof executeQueryPlan>[2];
  const services: Record<string, Service> = {};
  const gateway = new ApolloGateway({
    supergraphSdl,
    logger: createLog({ service: 'test', level: 'silent' }),
    buildService: ({ name }) => {
      const service = {
        process: async ({ request }: Parameters<Service['process']>[0]) => {
          const { query = '', variables = {} } = request;
          const named = request.operationName ? { operationName: request.operationName } : {};
          return (await answer({ subgraph: name, query, variables, ...named })) as Awaited<
            ReturnType<Service['process']>
          >;
        },
      };
      services[name] = service;
      return service;
    },
  });
  const { schema } = await gateway.load();
  const { queryPlanner } = gateway.__testing();
  if (!queryPlanner) throw new Error('ApolloGateway has loaded no planner');
  const apiSchema = queryPlanner.supergraph.apiSchema();
  const supergraphSchema = queryPlanner.supergraph.schema.toGraphQLJSSchema();
  return {
    async run(document, variables) {
      const plan = queryPlanner.buildQueryPlan(operationFromDocument(apiSchema, document));
      const context = buildOperationContext({ schema, operationDocument: document });
      const request = { request: { variables: { ...variables } }, context: {}, metrics: {} } as unknown as Context;
      const result = await executeQueryPlan(plan, services, request, context, supergraphSchema, apiSchema);
      return result as ExecutionResult;
    },
    close: () => gateway.stop(),
  };
}
