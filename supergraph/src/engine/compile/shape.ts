import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import { hasDefer } from '../defer/defer-directive.ts';
import type { Aliases } from './aliases.ts';
import { flagNames } from './collect-fields.ts';
import type { Completion } from './completion.ts';
import { ShapeWriter } from './shape-writer.ts';
import { evaluate } from './source-text.ts';

/**
 * Shapes what the subgraphs gave into what the client asked for, as JSON text: its order, its aliases, nothing else, with null
 * propagation. Null when a null rises to the top. `flags` are the coerced variables. What is deferred is not in it: its places
 * are noted in a `DeferringCompletion`.
 */
export type Shape = (
  data: Readonly<Record<string, unknown>>,
  flags: Readonly<Record<string, unknown>>,
  completion: Completion,
) => string | null;

type ShapeObject = (data: Readonly<Record<string, unknown>>, completion: Completion) => string | null;

/** An operation that is asked with more combinations of @skip and @include than this compiles anew. */
const maxVariants = 32;

/**
 * Compiles the shape of an operation, once for each combination of the variables that @skip and @include mention, when it is
 * first asked for. Source: GraphQL October 2021, 6.3 and 6.4
 */
export function compileShape(
  schema: GraphQLSchema,
  { document, operation }: { readonly document: DocumentNode; readonly operation: OperationDefinitionNode },
  aliases: Pick<Aliases, 'inputName'>,
): Shape {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const names = [
    ...flagNames([operation.selectionSet, ...[...fragments.values()].map(({ selectionSet }) => selectionSet)]),
  ];
  const root = schema.getRootType(operation.operation);
  if (!root) throw new TypeError(`the graph has no ${operation.operation} type`);

  const defers = hasDefer(operation);
  const compile = (flags: ReadonlyMap<string, boolean>): ShapeObject => {
    const writer = new ShapeWriter({ schema, fragments, flags, defers }, aliases);
    const name = writer.object(root, [], [operation.selectionSet]);
    return evaluate(`${writer.source()}\nreturn ${name};`, writer.scope) as ShapeObject;
  };
  if (names.length === 0) {
    const only = compile(new Map());
    return (data, _, completion) => only(data, completion);
  }
  const variants = new LRUCache<string, ShapeObject>({ max: maxVariants });
  return (data, flags, completion) => {
    const key = names.map((name) => (flags[name] === true ? '1' : '0')).join('');
    let variant = variants.get(key);
    if (!variant) {
      variant = compile(new Map(names.map((name) => [name, flags[name] === true])));
      variants.set(key, variant);
    }
    return variant(data, completion);
  };
}
