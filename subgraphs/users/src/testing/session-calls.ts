import { type TestService, callerOf } from './start-test-service.ts';

const session = 'session { accessToken refreshToken expiresInSeconds user { id email role } }';

interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** What tests of sessions say to the service, each answered with the member of the union. */
export function sessionCalls({ ask }: Pick<TestService, 'ask'>) {
  return {
    signIn: async (email: string, password = 'correct horse') => {
      const query = `mutation ($input: SignInInput!) {
        signIn(input: $input) {
          __typename ... on SignInSuccess { ${session} } ... on UserError { message } ... on TooManyAttempts { retryAfterSeconds }
        }
      }`;
      const variables = { input: { email, password } };
      return (await ask<{ signIn: { session: Tokens } }>(query, { variables })).data.signIn;
    },

    refresh: async (token: string) => {
      const query = `mutation ($token: String!) {
        refreshSession(refreshToken: $token) { __typename ... on RefreshSessionSuccess { ${session} } }
      }`;
      const { data } = await ask<{ refreshSession: { session: Tokens } }>(query, { variables: { token } });
      return data.refreshSession;
    },

    signOut: async (token: string) => {
      const query = 'mutation ($token: String!) { signOut(refreshToken: $token) { signedOut } }';
      return (await ask<{ signOut: { signedOut: boolean } }>(query, { variables: { token } })).data.signOut.signedOut;
    },

    /** Gives the id of the new account, whose password is `correct horse`. */
    newAccount: async (email: string) => {
      const query = `mutation ($input: CreateUserInput!) {
        createUser(input: $input) { ... on CreateUserSuccess { user { id } } }
      }`;
      const variables = { input: { name: 'Somebody', email, password: 'correct horse' } };
      return (await ask<{ createUser: { user: { id: string } } }>(query, { variables })).data.createUser.user.id;
    },

    setPassword: async (id: string, password: string) => {
      const query = 'mutation ($input: UpdateUserInput!) { updateUser(input: $input) { __typename } }';
      const variables = { input: { id, password } };
      return (await ask<{ updateUser: object }>(query, { variables, caller: callerOf(id) })).data.updateUser;
    },

    deleteAccount: async (id: string) => {
      const query = 'mutation ($id: ID!) { deleteUser(id: $id) { __typename } }';
      return (await ask<{ deleteUser: object }>(query, { variables: { id }, caller: callerOf(id) })).data.deleteUser;
    },
  };
}
