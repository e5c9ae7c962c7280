import type { GraphQLAnswer } from '../testing/graphql.ts';

/** What somebody got: `yes` the value, `no` nothing, `empty` a list without entries; all else is a fault to look into. */
export type Verdict = string;

const denials: ReadonlySet<unknown> = new Set(['FORBIDDEN', 'UNAUTHENTICATED', 'UNAUTHORIZED_FIELD_OR_TYPE']);

/** Judges an answer by what is at the end of a path. */
export function judge(answer: GraphQLAnswer, path: readonly string[]): Verdict {
  const codes = (answer.errors ?? []).map(({ extensions }) => extensions?.['code']);
  const { found, isEmpty } = follow([answer.data], path);
  if (codes.length === 0) return found.length === 0 ? (isEmpty ? 'empty' : 'no') : 'yes';
  const fault = codes.find((code) => !denials.has(code));
  if (fault !== undefined) return `fault: ${JSON.stringify(answer.errors?.[0])}`;
  return found.every((value) => value === null) ? 'no' : 'LEAK beside a denial';
}

/** The values at the end of a path, through all lists. What is null on the way has no end. */
function follow(objects: readonly unknown[], path: readonly string[]): { found: readonly unknown[]; isEmpty: boolean } {
  let found = objects;
  let isEmpty = false;
  for (const step of path) {
    const next = found.flatMap((object) =>
      typeof object === 'object' && object !== null && step in object
        ? [(object as Record<string, unknown>)[step]]
        : [],
    );
    isEmpty ||= next.some((value) => Array.isArray(value) && value.length === 0);
    found = next.flat();
  }
  return { found, isEmpty };
}
