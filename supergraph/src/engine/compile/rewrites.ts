import type { FetchDataRewrite } from '@apollo/query-planner';
import { type GraphQLSchema, isAbstractType, isInterfaceType, isObjectType } from 'graphql';
import { isJsonObject, type JsonObject } from './merge.ts';

const fragmentPrefix = '... on ';

/**
 * Applies what the planner says must be renamed or set in what goes to a subgraph, or comes from one. Writes into `value`.
 * Source: @apollo/query-planner, FetchDataRewrite
 */
export function applyRewrites(schema: GraphQLSchema, rewrites: readonly FetchDataRewrite[], value: unknown): void {
  for (const rewrite of rewrites) {
    const last = rewrite.path.at(-1);
    if (last === undefined) continue;
    visit(schema, { value, path: rewrite.path.slice(0, -1) }, (object) => rewriteField(object, last, rewrite));
  }
}

function rewriteField(object: JsonObject, field: string, rewrite: FetchDataRewrite): void {
  if (rewrite.kind === 'ValueSetter') {
    set(object, field, rewrite.setValueTo);
    return;
  }
  if (!Object.hasOwn(object, field) || object[field] === undefined) return;
  set(object, rewrite.renameKeyTo, object[field]);
  delete object[field];
}

function visit(
  schema: GraphQLSchema,
  { value, path }: { readonly value: unknown; readonly path: readonly string[] },
  rewrite: (object: JsonObject) => void,
): void {
  if (Array.isArray(value)) {
    for (const element of value as unknown[]) visit(schema, { value: element, path }, rewrite);
    return;
  }
  if (!isJsonObject(value)) return;
  const [first, ...rest] = path;
  if (first === undefined) rewrite(value);
  else if (!first.startsWith(fragmentPrefix)) {
    visit(schema, { value: Object.hasOwn(value, first) ? value[first] : undefined, path: rest }, rewrite);
  } else if (mayBe(schema, value['__typename'], first.slice(fragmentPrefix.length))) {
    visit(schema, { value, path: rest }, rewrite);
  }
}

/** An object that does not tell its type is what the plan expects. */
function mayBe(schema: GraphQLSchema, typename: unknown, condition: string): boolean {
  if (typeof typename !== 'string' || typename === condition) return true;
  const [type, wanted] = [schema.getType(typename), schema.getType(condition)];
  if (!type || !wanted || !isAbstractType(wanted)) return false;
  return (isObjectType(type) || isInterfaceType(type)) && schema.isSubType(wanted, type);
}

function set(object: JsonObject, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
}
