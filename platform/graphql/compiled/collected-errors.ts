import type { GraphQLError, ResponsePath } from 'graphql';

/**
 * The errors of one execution. What fails under a place that is null already is left out, so that one null has one error.
 * Source: GraphQL October 2021, 6.4.4; graphql-js 16.15, execute.ts `CollectedErrors`
 */
export class CollectedErrors {
  readonly errors: GraphQLError[] = [];
  #nulled: Set<ResponsePath | undefined> | null = null;

  /** `path` is that of the field or item that becomes null; undefined when it is the whole answer. */
  add(error: GraphQLError, path: ResponsePath | undefined): void {
    this.#nulled ??= new Set();
    if (isUnder(this.#nulled, path)) return;
    this.#nulled.add(path);
    this.errors.push(error);
  }
}

function isUnder(nulled: ReadonlySet<ResponsePath | undefined>, start: ResponsePath | undefined): boolean {
  for (let path = start; path !== undefined; path = path.prev) if (nulled.has(path)) return true;
  return nulled.has(undefined);
}
