import { GraphQLError } from 'graphql';

/**
 * Why a request goes no further: the same on every transport, which only decides how to say it.
 * `status` is the HTTP status, `code` stable, `message` safe to show, `headers` belong on an HTTP answer.
 */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What may be said besides the code. */
  readonly extensions?: Readonly<Record<string, unknown>>;
  /** What is wrong with the document, when that is the reason. */
  readonly errors?: readonly GraphQLError[];
}

/** The refusal as GraphQL errors that carry the code: those of the document, or one of its own. */
export function toGraphQLErrors(refusal: Refusal): readonly GraphQLError[] {
  const { errors, message, code, extensions } = refusal;
  return errors ?? [new GraphQLError(message, { extensions: { ...extensions, code } })];
}

/** Nothing can be answered before the first supergraph is composed; trying again soon is right. */
export const graphNotReady: Refusal = {
  status: 503,
  code: 'GRAPH_NOT_READY',
  message: 'The graph is not composed yet. Try again in a moment.',
  headers: { 'retry-after': '1' },
};
