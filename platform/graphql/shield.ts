import { createRequire } from 'node:module';
import type { GraphQLSchema } from 'graphql';
import type * as Middleware from 'graphql-middleware';
import type * as Shield from 'graphql-shield';
import { CodedError } from '../errors/coded-error.ts';
import { createGuard, type GuardOptions } from './guard.ts';

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
  const options = {
    allowExternalErrors: true,
    debug: true,
    fallbackRule: allow,
    fallbackError: new CodedError('FORBIDDEN', 'Not allowed'),
    hashFunction: refuseStrictCache,
  };
  const guards = shield(rules, options).generate(schema);
  return middleware.applyMiddleware(schema, onlyRuled(guards, rules, options));
}

type FieldGuards = Record<string, Record<string, unknown>>;

/** shield wraps every field of every type; those that its fallback would let through are left as they are. */
function onlyRuled(guards: unknown, rules: Permissions, options: GuardOptions): Middleware.IMiddlewareTypeMap {
  const tree = rules as unknown as FieldGuards;
  const kept: FieldGuards = {};
  for (const [type, fields] of Object.entries(guards as FieldGuards)) {
    for (const [field, guard] of Object.entries(fields)) {
      const ruling = findRule(rules, tree[type], field);
      if (ruling !== undefined && ruling !== allow) (kept[type] ??= {})[field] = createGuard(ruling, options) ?? guard;
    }
  }
  return kept as unknown as Middleware.IMiddlewareTypeMap;
}

/** The rule that holds for a field: that of everything, of its type, its own, or `*` of its type. */
function findRule(rules: Permissions, ofType: unknown, field: string): unknown {
  if (isRule(rules)) return rules;
  if (isRule(ofType)) return ofType;
  const fields = (ofType ?? {}) as Record<string, unknown>;
  return Object.hasOwn(fields, field) ? fields[field] : fields['*'];
}

function isRule(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'resolve' in value && typeof value.resolve === 'function';
}

function refuseStrictCache(): never {
  throw new TypeError('rules with the cache "strict" hash whole objects: use "contextual", a function, or no cache');
}
