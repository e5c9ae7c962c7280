import {
  buildASTSchema,
  type DocumentNode,
  type FieldDefinitionNode,
  type GraphQLSchema,
  Kind,
  parse,
  type TypeNode,
  visit,
} from 'graphql';
import { directives, isResolvable } from './facts.ts';

/**
 * The schema that a subgraph serves: its own types, and `_entities` over those with a key. With `isLenient` every output may be
 * null, so that a resolver's null goes out as it is: a subgraph that breaks its word.
 */
export function buildServedSchema(
  document: DocumentNode,
  { isLenient }: { readonly isLenient: boolean },
): GraphQLSchema {
  const entities = document.definitions.flatMap((definition) =>
    definition.kind === Kind.OBJECT_TYPE_DEFINITION && directives(definition, 'key').some(isResolvable)
      ? [definition.name.value]
      : [],
  );
  const bare = visit(document, {
    Directive: () => null,
    SchemaExtension: () => null,
    FieldDefinition: {
      leave: (node: FieldDefinitionNode) => (isLenient ? { ...node, type: nullable(node.type) } : undefined),
    },
  });
  const served = entities.length === 0 ? [] : parse(entityTypes(entities)).definitions;
  const schema: DocumentNode = { kind: Kind.DOCUMENT, definitions: [...withQuery(bare), ...served] };
  return extended(schema);
}

function entityTypes(entities: readonly string[]): string {
  return `scalar _Any union _Entity = ${entities.join(' | ')}
    extend type Query { _entities(representations: [_Any!]!): [_Entity]! }`;
}

function withQuery(document: DocumentNode): DocumentNode['definitions'] {
  const hasQuery = document.definitions.some(
    (definition) => definition.kind === Kind.OBJECT_TYPE_DEFINITION && definition.name.value === 'Query',
  );
  return hasQuery ? document.definitions : [...document.definitions, ...parse('type Query').definitions];
}

/** `buildASTSchema` ignores extensions, so the fields of each go into its type. */
function extended(document: DocumentNode): GraphQLSchema {
  const extensions = document.definitions.filter(({ kind }) => kind === Kind.OBJECT_TYPE_EXTENSION);
  const definitions = document.definitions
    .filter(({ kind }) => kind !== Kind.OBJECT_TYPE_EXTENSION)
    .map((definition) => {
      if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION) return definition;
      const more = extensions.flatMap((extension) =>
        extension.kind === Kind.OBJECT_TYPE_EXTENSION && extension.name.value === definition.name.value
          ? (extension.fields ?? [])
          : [],
      );
      return { ...definition, fields: [...(definition.fields ?? []), ...more] };
    });
  return buildASTSchema({ kind: Kind.DOCUMENT, definitions }, { assumeValidSDL: true });
}

function nullable(type: TypeNode): TypeNode {
  if (type.kind === Kind.NON_NULL_TYPE) return nullable(type.type);
  return type.kind === Kind.LIST_TYPE ? { kind: Kind.LIST_TYPE, type: nullable(type.type) } : type;
}
