import { decodeJwt } from 'jose';
import { type Caller, readCaller } from '@storefront/platform/identity/caller.ts';
import { type TestService, callerOf } from './start-test-service.ts';

const session = 'session { accessToken refreshToken expiresInSeconds user { id email role } }';

/** The caller of an access token of this test's, judged as the gateway has done it already. */
export function callerWith({ accessToken }: Pick<Tokens, 'accessToken'>): Caller {
  const { sub, scope, sid } = decodeJwt<{ scope: string; sid: string }>(accessToken);
  return readCaller(sub, scope, sid);
}

interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** What tests of sessions say to the service, each answered with the member of the union. */
export function sessionCalls({ ask }: Pick<TestService, 'ask'>) {
  return {
    signIn: async (email: string, password = 'correct horse', clientName?: string) => {
      const query = `mutation ($input: SignInInput!) {
        signIn(input: $input) {
          __typename ... on SignInSuccess { ${session} } ... on UserError { message } ... on TooManyAttempts { retryAfterSeconds }
        }
      }`;
      const variables = { input: { email, password, clientName } };
      return (await ask<{ signIn: { session: Tokens } }>(query, { variables })).data.signIn;
    },

    refresh: async (token: string) => {
      const query = `mutation ($token: String!) {
        refreshSession(refreshToken: $token) { __typename ... on RefreshSessionSuccess { ${session} } }
      }`;
      const { data } = await ask<{ refreshSession: { session: Tokens } }>(query, { variables: { token } });
      return data.refreshSession;
    },

    /** The sessions of the caller, who came with this access token. */
    sessionsOf: async (caller: Caller) => {
      const query = '{ me { sessions { id createdAt lastUsedAt expiresAt clientName current } } }';
      return (await ask<{ me: { sessions: { id: string }[] } }>(query, { caller })).data.me.sessions;
    },

    revoke: async (caller: Caller, id: string) => {
      const query = 'mutation ($id: ID!) { revokeSession(id: $id) { __typename } }';
      return (
        (await ask<{ revokeSession: object | null }>(query, { variables: { id }, caller })).data?.revokeSession ?? null
      );
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
