import { operationFromDocument } from '@apollo/federation-internals';
import type { QueryPlanner } from '@apollo/query-planner';
import { CodedError } from '@storefront/platform/errors/coded-error.ts';
import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { LRUCache } from 'lru-cache';
import { createAliases, readReservedNames } from './compile/aliases.ts';
import { flagNames } from './compile/collect-fields.ts';
import { resolveConditions } from './compile/conditions.ts';
import { compileIntrospection, type Introspect } from './compile/introspection.ts';
import { compileProgram, type Program } from './compile/program.ts';
import { compileShape, type Shape } from './compile/shape.ts';
import { createConcreteConditions } from './rewrite/concrete-conditions.ts';

/** One operation, planned and compiled. */
export interface CompiledOperation {
  /** Fetches what the operation needs; null when there is nothing to fetch. */
  readonly program: Program | null;
  /** Shapes what was fetched into what the client asked for. */
  readonly shape: Shape;
  readonly introspect: Introspect;
}

/** What is planned: the operation as the client sent it, and the part of it that may run; null when that is nothing. */
export interface OperationToPlan {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly allowed: DocumentNode | null;
  /** The coerced variables: those that @skip and @include mention decide on the plan. */
  readonly flags: Readonly<Record<string, unknown>>;
}

/** Plans operations of one graph. */
export interface Planner {
  /**
   * The same `key` stands for the same document, operation and rights. Up to three variables of @skip and @include are decided
   * before planning, each combination with a plan of its own; of more the plan decides while it runs.
   * @throws CodedError GRAPHQL_VALIDATION_FAILED when the document does not fit the graph
   */
  plan(key: string, operation: OperationToPlan): CompiledOperation;
}

const maxPlans = 1_000;
const maxDecided = 3;

/** Creates a planner that remembers its last 1,000 operations, compiled. */
export function createPlanner({
  queryPlanner,
  schema,
  supergraphSdl,
}: {
  readonly queryPlanner: QueryPlanner;
  /** The API schema. */
  readonly schema: GraphQLSchema;
  readonly supergraphSdl: string;
}): Planner {
  const plans = new LRUCache<string, CompiledOperation>({ max: maxPlans });
  const flagsByKey = new LRUCache<string, readonly string[]>({ max: maxPlans });
  const apiSchema = queryPlanner.supergraph.apiSchema();
  const reserved = readReservedNames(supergraphSdl);
  const makeConcrete = createConcreteConditions(schema, supergraphSdl);
  const supergraphSchema = queryPlanner.supergraph.schema.toGraphQLJSSchema();
  return {
    plan(key, { document, operation, allowed, flags }) {
      const names = flagsByKey.get(key) ?? flagsOf(document);
      flagsByKey.set(key, names);
      const decided = names.length > maxDecided ? [] : names.map((flag) => [flag, flags[flag] === true] as const);
      const planKey = decided.length === 0 ? key : `${key} ${decided.map(([, isSet]) => Number(isSet)).join('')}`;
      const known = plans.get(planKey);
      if (known) return known;
      const name = operation.name ? { operationName: operation.name.value } : {};
      const aliases = createAliases(reserved);
      const renamed = allowed ? aliases.rename(makeConcrete(resolveConditions(allowed, new Map(decided)))) : null;
      const plan = renamed ? queryPlanner.buildQueryPlan(readOperation(apiSchema, renamed, name)) : null;
      const compiled: CompiledOperation = {
        program: plan?.node ? compileProgram(supergraphSchema, plan, aliases) : null,
        shape: compileShape(schema, { document, operation }, aliases),
        introspect: compileIntrospection(schema, document, operation),
      };
      plans.set(planKey, compiled);
      return compiled;
    },
  };
}

function flagsOf({ definitions }: DocumentNode): readonly string[] {
  return [...flagNames(definitions.flatMap((one) => ('selectionSet' in one ? [one.selectionSet] : [])))];
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
