import { createRequire } from 'node:module';
import type { GraphQLSchema } from 'graphql';
import type * as Middleware from 'graphql-middleware';
import type * as Shield from 'graphql-shield';
import { CodedError } from '../errors/coded-error.ts';

/*
 * graphql-shield's ESM build does not load on Node 24, where `util.isUndefined` is gone, and its CommonJS build needs that
 * function too. So it is put back here, before both packages are loaded as CommonJS: one of each kind does not work.
 */
const require = createRequire(import.meta.url);
const util: { isUndefined?: (value: unknown) => boolean } = require('node:util');
util.isUndefined ??= (value) => value === undefined;
const middleware: typeof Middleware = require('graphql-middleware');
const library: typeof Shield = require('graphql-shield');

/** The parts rules are made of. Source: the-guild.dev/graphql/shield/docs */
export const { shield, rule, allow, deny, and, or, not, chain } = library;

/** Rules by type and field: `{ User: { email: isSelf }, Query: { '*': deny, user: allow, _service: allow, _entities: allow } }`. */
export type Permissions = Shield.IRules;

/**
 * A schema whose fields are guarded. A field without a rule (its own, or `*` of its type) is open and costs nothing. Rules
 * on a type's fields hold however the object was reached, `_entities` too; rules on Query alone leave `_entities` open.
 * A denied field is null with the error `Not allowed`, code FORBIDDEN. A rule that throws denies, with its own error.
 * @throws Error for a rule on a type or field that the schema does not have
 */
export function applyPermissions(schema: GraphQLSchema, rules: Permissions): GraphQLSchema {
  const guard = shield(rules, {
    allowExternalErrors: true,
    debug: true,
    fallbackRule: allow,
    fallbackError: new CodedError('FORBIDDEN', 'Not allowed'),
    hashFunction: refuseStrictCache,
  });
  return middleware.applyMiddleware(schema, onlyRuled(guard.generate(schema), rules));
}

type FieldGuards = Record<string, Record<string, unknown>>;

/** shield wraps every field of every type; those that its fallback would let through are left as they are. */
function onlyRuled(guards: unknown, rules: Permissions): Middleware.IMiddlewareTypeMap {
  const tree = rules as unknown as FieldGuards;
  const kept: FieldGuards = {};
  for (const [type, fields] of Object.entries(guards as FieldGuards)) {
    const ruled = isRule(rules) || isRule(tree[type]) || Object.hasOwn(tree[type] ?? {}, '*');
    const entries = Object.entries(fields).filter(([field]) => ruled || Object.hasOwn(tree[type] ?? {}, field));
    if (entries.length > 0) kept[type] = Object.fromEntries(entries);
  }
  return kept as unknown as Middleware.IMiddlewareTypeMap;
}

function isRule(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'resolve' in value && typeof value.resolve === 'function';
}

function refuseStrictCache(): never {
  throw new TypeError('rules with the cache "strict" hash whole objects: use "contextual", a function, or no cache');
}
