import type { ExecutionResult, GraphQLError } from 'graphql';

/** The JSON text of `data`, for the results that were made of it. */
const texts = new WeakMap<ExecutionResult, string>();

/**
 * Makes a result whose data is known as JSON text; null when there is none. The data is parsed when it is first looked at: most
 * transports send the text as it is (see `encodeResult`).
 */
export function createResult(text: string | null, errors: readonly GraphQLError[] = []): ExecutionResult {
  let data: Record<string, unknown> | null | undefined = text === null ? null : undefined;
  const result: ExecutionResult = {
    get data() {
      data ??= text === null ? null : (JSON.parse(text) as Record<string, unknown>);
      return data;
    },
    ...(errors.length > 0 ? { errors } : {}),
  };
  if (text !== null) texts.set(result, text);
  return result;
}

/** A result as JSON text, errors first. Whoever changed the data must give a result of its own. Source: GraphQL October 2021, 7.2 */
export function encodeResult(result: ExecutionResult): string {
  const text = texts.get(result);
  if (text === undefined) {
    const { errors, data, extensions } = result;
    return JSON.stringify({ errors, data, extensions });
  }
  const { errors, extensions } = result;
  const errorsText = errors ? `"errors":${JSON.stringify(errors)},` : '';
  const extensionsText = extensions ? `,"extensions":${JSON.stringify(extensions)}` : '';
  return `{${errorsText}"data":${text}${extensionsText}}`;
}
