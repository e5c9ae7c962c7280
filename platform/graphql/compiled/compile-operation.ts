/*
 * graphql-js reads an operation anew for each request: which fields an object has, their arguments, what their types are. Here
 * that is done once, and a request calls what came of it. What a request gets is the same, to the order of its errors: promises
 * are made and waited for where graphql-js makes and waits for them. See docs/decisions/0058-subgraphs-compile-their-operations.md.
 */
import {
  BREAK,
  type DocumentNode,
  execute,
  type ExecutionResult,
  type FragmentDefinitionNode,
  getVariableValues,
  type GraphQLError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  visit,
} from 'graphql';
import { collectFields, collectSubfields } from 'graphql/execution/collectFields.js';
import { compilePlainVariables } from '../plain-variables.ts';
import { CollectedErrors } from './collected-errors.ts';
import { CompiledFields } from './compiled-fields.ts';
import { isPromise } from '../is-promise.ts';
import type { Compiling, Run } from './run.ts';

/** What one request brings to an operation. */
export interface Execution {
  readonly rootValue: unknown;
  readonly contextValue: unknown;
  readonly variableValues: Readonly<Record<string, unknown>> | undefined;
}

/** Executes one operation; at once when nothing has to be waited for. Never rejects: what fails is in the errors. */
export type ExecuteOperation = (execution: Execution) => ExecutionResult | Promise<ExecutionResult>;

/**
 * Compiles an operation of a valid document. What it gives equals what `execute` of graphql-js gives; that executes what is
 * not compiled: mutations, and documents that `@skip` or `@include` by a variable.
 */
export function compileOperation(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): ExecuteOperation {
  const rootType = schema.getRootType(operation.operation);
  if (!rootType || !isCompilable(document, operation)) {
    const operationName = operation.name?.value;
    return (execution) => execute({ schema, document, operationName, ...execution });
  }
  const fragments = readFragments(document);
  const compiling: Compiling = {
    schema,
    operation,
    fragments,
    selectionOf: (type, fieldNodes) =>
      new CompiledFields(compiling, type, collectSubfields(schema, fragments, {}, type, fieldNodes)),
  };
  const rootFields = collectFields(schema, fragments, {}, rootType, operation.selectionSet);
  const fields = new CompiledFields(compiling, rootType, rootFields);
  const takeOver = compilePlainVariables(schema, operation);
  return ({ rootValue, contextValue, variableValues: given = {} }) => {
    const plain = takeOver(given);
    const { coerced: variableValues, errors } = plain
      ? { coerced: plain }
      : getVariableValues(schema, operation.variableDefinitions ?? [], given, { maxErrors: 50 });
    if (!variableValues) return { errors };
    return runFields(fields, { rootValue, contextValue, variableValues, collected: new CollectedErrors() });
  };
}

function readFragments({ definitions }: DocumentNode): Record<string, FragmentDefinitionNode> {
  const fragments = definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
  return Object.fromEntries(fragments.map((fragment) => [fragment.name.value, fragment]));
}

function runFields(fields: CompiledFields, run: Run): ExecutionResult | Promise<ExecutionResult> {
  const fail = (error: unknown) => {
    run.collected.add(error as GraphQLError, undefined);
    return respond(null, run);
  };
  try {
    const data = fields.execute(run, run.rootValue, undefined);
    return isPromise(data) ? data.then((settled) => respond(settled, run), fail) : respond(data, run);
  } catch (error) {
    return fail(error);
  }
}

function respond(data: unknown, { collected: { errors } }: Run): ExecutionResult {
  const result = { data: data as ExecutionResult['data'] };
  return errors.length === 0 ? result : { errors, ...result };
}

/** `__proto__` is a name like others in GraphQL, but not in an object literal. */
function isCompilable(document: DocumentNode, { operation }: OperationDefinitionNode): boolean {
  if (operation === OperationTypeNode.MUTATION) return false;
  let isPlain = true;
  const stop = () => {
    isPlain = false;
    return BREAK;
  };
  visit(document, {
    Field: ({ alias }) => (alias?.value === '__proto__' ? stop() : undefined),
    Directive: ({ name, arguments: given = [] }) => {
      const decides = name.value === 'skip' || name.value === 'include';
      return decides && given.some(({ value }) => value.kind === Kind.VARIABLE) ? stop() : undefined;
    },
  });
  return isPlain;
}
