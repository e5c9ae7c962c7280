import type { ExecutionResult } from 'graphql';

/** What an operation costs, as clients are told in `extensions.cost` when they ask. */
export interface ToldCost {
  /** Before it was executed: the most that it may come to. */
  readonly estimated: number;
  /** What the answer came to; null for one in parts. */
  readonly actual: number | null;
  /** The most that one operation may be estimated at; null when there is no limit. */
  readonly maximum: number | null;
}

/** The result with its cost. The one that is given stays as it is. */
export function tellCost<Result extends ExecutionResult>(result: Result, cost: ToldCost): Result {
  const { errors, data, extensions } = result;
  return {
    ...('hasNext' in result ? { hasNext: result.hasNext } : {}),
    ...(errors ? { errors } : {}),
    ...(data === undefined ? {} : { data }),
    extensions: { ...extensions, cost },
  } as unknown as Result;
}

/** How a client asks over HTTP for `extensions.cost`, besides `extensions: { cost: true }` in its request. */
export const costHeader = 'x-include-cost';

/** Whether the extensions of a request ask for the cost. */
export function asksForCost(extensions: Readonly<Record<string, unknown>> | null | undefined): boolean {
  return extensions?.['cost'] === true;
}

/** The same for an answer that is no GraphQL, as a header. Source: RFC 9651, 3.2 */
export function costField({ estimated, actual, maximum }: ToldCost): string {
  const members = Object.entries({ estimated, actual, maximum }).filter(([, value]) => value !== null);
  return members.map(([name, value]) => `${name}=${value}`).join(', ');
}
