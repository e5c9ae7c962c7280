import type { GraphQLFormattedError } from 'graphql';

/** The code of each error, INTERNAL_SERVER_ERROR for one that has none. */
export function codesOf(errors: readonly Pick<GraphQLFormattedError, 'extensions'>[]): readonly string[] {
  return errors.map(({ extensions }) => {
    const code = extensions?.['code'];
    return typeof code === 'string' ? code : 'INTERNAL_SERVER_ERROR';
  });
}
