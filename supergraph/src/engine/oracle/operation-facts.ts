import {
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type GraphQLCompositeType,
  getNamedType,
  isAbstractType,
  isCompositeType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import type { World } from './world.ts';

/** A field of an operation, where it is asked for. */
export interface AskedField {
  readonly node: FieldNode;
  /** The object types that it may be asked of. */
  readonly types: readonly string[];
  /** Whether a variable decides that it is asked for, on itself or on a fragment up to the field around it. */
  readonly isConditional: boolean;
}

/** A type condition and the type that it is put on. */
export interface TypeCondition {
  readonly on: GraphQLCompositeType;
  readonly condition: string;
}

/** What an operation asks for, its fragments expanded. */
export interface OperationFacts {
  readonly fields: readonly AskedField[];
  readonly conditions: readonly TypeCondition[];
}

/** Reads the one operation of a document. */
export function readOperation({ schema }: Pick<World, 'schema'>, document: DocumentNode): OperationFacts {
  const fields: AskedField[] = [];
  const conditions: TypeCondition[] = [];
  const fragments = new Map(
    document.definitions.flatMap((definition) =>
      definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition]] : [],
    ),
  );
  const collect = (on: GraphQLCompositeType, { selections }: SelectionSetNode, isWithin: boolean): void => {
    for (const node of selections) {
      const isConditional = isWithin || hasVariable(node.directives);
      if (node.kind === Kind.FIELD) {
        const types = isAbstractType(on) ? schema.getPossibleTypes(on).map(({ name }) => name) : [on.name];
        fields.push({ node, types, isConditional });
        const field = 'getFields' in on ? on.getFields()[node.name.value] : undefined;
        const type = field && getNamedType(field.type);
        if (node.selectionSet && isCompositeType(type)) collect(type, node.selectionSet, false);
        continue;
      }
      const fragment = node.kind === Kind.FRAGMENT_SPREAD ? fragments.get(node.name.value) : node;
      const condition = fragment?.typeCondition?.name.value ?? on.name;
      const type = schema.getType(condition);
      conditions.push({ on, condition });
      if (fragment && isCompositeType(type)) collect(type, fragment.selectionSet, isConditional);
    }
  };
  const operation = document.definitions.find(
    (definition): definition is OperationDefinitionNode => definition.kind === Kind.OPERATION_DEFINITION,
  );
  const root = operation && schema.getRootType(operation.operation);
  if (root) collect(root, operation.selectionSet, false);
  return { fields, conditions };
}

function hasVariable(directives: readonly DirectiveNode[] | undefined): boolean {
  return (directives ?? []).some(({ arguments: args }) => args?.some(({ value }) => value.kind === Kind.VARIABLE));
}
