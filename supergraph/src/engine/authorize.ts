import {
  type DirectiveNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  getDirectiveValues,
  GraphQLError,
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  Kind,
  type OperationDefinitionNode,
  visit,
} from 'graphql';
import type { Policies } from '../composition/supergraph.ts';
import { type DeniedField, removeDenied } from './remove-denied.ts';
import type { Rights } from './rights.ts';
import { fieldGate } from './visible-fields.ts';

/** What of an operation may run. */
export interface Authorized {
  /** The operation without what the caller may not see; null when nothing is left to ask for. */
  readonly document: DocumentNode | null;
  readonly denied: readonly DeniedField[];
}

const maxSelections = 20_000;

/**
 * Takes out of an operation what the caller may not see, before it is planned, so that it costs no request.
 * Fragments and variables that are no longer used are dropped. A root field of which nothing is left is not asked for.
 * @throws CodedError BAD_USER_INPUT when the fragments expand to more than 20,000 selections
 */
export function authorize(
  graph: { readonly schema: GraphQLSchema; readonly policies: Policies },
  { document, operation }: { readonly document: DocumentNode; readonly operation: OperationDefinitionNode },
  rights: Rights,
): Authorized {
  const root = graph.schema.getRootType(operation.operation);
  if (!root || graph.policies.types.size + graph.policies.fields.size === 0) return { document, denied: [] };
  const denied: DeniedField[] = [];
  const removal = {
    schema: graph.schema,
    fragments: fragmentsOf(document),
    mayVisit: fieldGate(graph, rights),
    denied,
    budget: maxSelections,
  };
  const { selections: kept } = removeDenied(removal, operation.selectionSet.selections, root, {
    path: [],
    conditions: [],
  });
  if (denied.length === 0) return { document, denied };
  const left: OperationDefinitionNode = { ...operation, selectionSet: { kind: Kind.SELECTION_SET, selections: kept } };
  return {
    document: kept.length === 0 ? null : { kind: Kind.DOCUMENT, definitions: [dropUnusedVariables(left)] },
    denied,
  };
}

/**
 * The errors for what was removed: one for each place that @skip and @include have not ruled out. `variables` are coerced.
 * The code and the form of the path are Apollo Router's: apollographql.com/docs/graphos/routing/security/authorization
 */
export function describeDenied(
  denied: readonly DeniedField[],
  variables: Readonly<Record<string, unknown>>,
): readonly GraphQLError[] {
  return denied
    .filter(({ conditions }) => conditions.every((directive) => isIncluded(directive, variables)))
    .map(
      ({ path }) =>
        new GraphQLError('Unauthorized field or type', {
          path: [...path],
          extensions: { code: 'UNAUTHORIZED_FIELD_OR_TYPE' },
        }),
    );
}

function isIncluded(directive: DirectiveNode, variables: Readonly<Record<string, unknown>>): boolean {
  const node = { directives: [directive] };
  if (getDirectiveValues(GraphQLSkipDirective, node, variables)?.['if'] === true) return false;
  return getDirectiveValues(GraphQLIncludeDirective, node, variables)?.['if'] !== false;
}

function fragmentsOf(document: DocumentNode): ReadonlyMap<string, FragmentDefinitionNode> {
  return new Map(
    document.definitions.flatMap((definition) =>
      definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition] as const] : [],
    ),
  );
}

function dropUnusedVariables(operation: OperationDefinitionNode): OperationDefinitionNode {
  const used = new Set<string>();
  visit(operation, {
    VariableDefinition: () => false,
    Variable: ({ name }) => {
      used.add(name.value);
    },
  });
  const variableDefinitions =
    operation.variableDefinitions?.filter(({ variable }) => used.has(variable.name.value)) ?? [];
  return { ...operation, variableDefinitions };
}
