import { CodedError } from '@storefront/platform/errors/coded-error.ts';
import {
  type DocumentNode,
  type FieldNode,
  type GraphQLObjectType,
  type GraphQLSchema,
  getArgumentValues,
  Kind,
  OperationTypeNode,
  type SelectionSetNode,
} from 'graphql';
import type { Graph, LiveField } from './engine.ts';
import { coerceVariables, selectOperation } from './operation.ts';

/**
 * Reads what `@live` says of the one root field of a subscription operation, its arguments filled in.
 * @throws CodedError BAD_USER_INPUT when the operation is no subscription, its field is not live or its arguments are wrong
 */
export function readLiveField(
  { schema, liveFields }: Pick<Graph, 'schema' | 'liveFields'>,
  document: DocumentNode,
  request: {
    readonly operationName?: string | undefined;
    readonly variables?: Readonly<Record<string, unknown>> | undefined;
  },
): LiveField {
  const operation = selectOperation(document, request.operationName);
  const root = schema.getSubscriptionType();
  const node =
    operation.operation === OperationTypeNode.SUBSCRIPTION ? rootField(document, operation.selectionSet) : undefined;
  const definition = node && root ? liveFields.get(node.name.value) : undefined;
  if (!node || !root || !definition)
    throw new CodedError('BAD_USER_INPUT', 'The operation subscribes to no live field');
  const given = readArguments({ schema, root, node }, coerceVariables(schema, operation, request.variables ?? {}));
  const { events, filter, seesAll } = definition;
  const value = filter ? toText(given[filter.argument]) : undefined;
  const after = given['after'];
  return {
    events,
    filter: filter && typeof value === 'string' ? { attribute: filter.attribute, value } : null,
    seesAll,
    after: typeof after === 'string' ? after : null,
    afterVariable: variableOf(node, 'after'),
  };
}

function variableOf(node: FieldNode, argument: string): string | null {
  const value = node.arguments?.find(({ name }) => name.value === argument)?.value;
  return value?.kind === Kind.VARIABLE ? value.name.value : null;
}

function readArguments(
  { root, node }: { readonly schema: GraphQLSchema; readonly root: GraphQLObjectType; readonly node: FieldNode },
  variables: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const field = root.getFields()[node.name.value];
  if (!field) return {};
  try {
    return getArgumentValues(field, node, variables);
  } catch (cause) {
    throw new CodedError('BAD_USER_INPUT', cause instanceof Error ? cause.message : 'The arguments are wrong', {
      cause,
    });
  }
}

/** The attributes of events are texts. */
function toText(value: unknown): string | undefined {
  return typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : typeof value === 'string'
      ? value
      : undefined;
}

/** A valid subscription has one root field; it may stand in a fragment. Source: GraphQL October 2021, 5.2.3.1 */
function rootField(document: DocumentNode, { selections }: SelectionSetNode): FieldNode | undefined {
  for (const selection of selections) {
    if (selection.kind === Kind.FIELD) return selection;
    const fragment =
      selection.kind === Kind.INLINE_FRAGMENT
        ? selection
        : document.definitions.find(
            (definition) =>
              definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === selection.name.value,
          );
    const found =
      fragment && 'selectionSet' in fragment && fragment.selectionSet
        ? rootField(document, fragment.selectionSet)
        : undefined;
    if (found) return found;
  }
  return undefined;
}
