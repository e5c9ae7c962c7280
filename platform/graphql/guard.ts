import type { GraphQLFieldResolver } from 'graphql';
import { isPromise } from './is-promise.ts';

/** What shield's options decide for a guard: the error of a denied field. They go to the rule as they are. */
export interface GuardOptions {
  readonly fallbackError: Error;
}

/** What shield keeps in the context of a request. */
interface ShieldContext {
  _shield?: { cache: Record<string, unknown> };
}

/** A rule that was made by `rule()`: shield's `Rule.resolve` awaits this method and reads its verdict. */
interface PlainRule {
  executeRule(parent: unknown, args: unknown, context: unknown, info: unknown, options: GuardOptions): unknown;
}

type Resolve = GraphQLFieldResolver<unknown, ShieldContext>;
/** A middleware of graphql-middleware: it gets the field's resolver before what the resolver gets. */
type Guard = (resolve: Resolve, ...call: Parameters<Resolve>) => unknown;

/**
 * Guards a field by one plain rule as graphql-shield's middleware does, but at once: shield awaits several times for each
 * field, which costs more than the field itself. A rule that promises its verdict is waited for. Null for what is no plain
 * rule (`and`, `or`, `chain`, ...): shield's own guard is for those.
 * Source: graphql-shield 7.6, generator.ts `generateFieldMiddlewareFromRule` and rules.ts `Rule.resolve`
 */
export function createGuard(rule: unknown, options: GuardOptions): Guard | null {
  if (!isPlainRule(rule)) return null;
  return (resolve, parent, args, context, info) => {
    context._shield ??= { cache: {} };
    const judge = (verdict: unknown) =>
      verdict === true ? resolve(parent, args, context, info) : denialOf(verdict, options);
    const verdict = rule.executeRule(parent, args, context, info, options);
    return isPromise(verdict) ? verdict.then(judge) : judge(verdict);
  };
}

/** A rule denies with an error, a text, or anything else that is not true. graphql-js takes a returned error for a thrown one. */
function denialOf(verdict: unknown, { fallbackError }: GuardOptions): Error {
  if (verdict instanceof Error) return verdict;
  return typeof verdict === 'string' ? new Error(verdict) : fallbackError;
}

function isPlainRule(rule: unknown): rule is PlainRule {
  return typeof rule === 'object' && rule !== null && 'executeRule' in rule && typeof rule.executeRule === 'function';
}
