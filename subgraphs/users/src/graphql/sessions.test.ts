import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createAccessTokenVerifier } from '@storefront/platform/identity/access-tokens.ts';
import { createLocalJWKSet } from 'jose';
import { z } from 'zod';
import { type TestService, callerOf, startTestService } from '../testing/start-test-service.ts';

let service: TestService;

beforeAll(async () => {
  service = await startTestService({ SIGN_IN_MAX_FAILURES_PER_ACCOUNT: '3' });
});
afterAll(() => service.close());

const keySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })) });
const session = 'session { accessToken refreshToken expiresInSeconds user { id email role } }';

interface Session {
  readonly accessToken: string;
  readonly refreshToken: string;
}

async function signIn(email: string, password = 'correct horse') {
  const { data, errors } = await service.ask<{ signIn: { session: Session } }>(
    `mutation ($input: SignInInput!) {
      signIn(input: $input) {
        __typename ... on SignInSuccess { ${session} } ... on UserError { message } ... on TooManyAttempts { retryAfterSeconds }
      }
    }`,
    { variables: { input: { email, password } } },
  );
  expect(errors).toEqual([]);
  return data.signIn;
}

async function refresh(refreshToken: string) {
  const { data } = await service.ask<{ refreshSession: { session: Session } }>(
    `mutation ($token: String!) {
      refreshSession(refreshToken: $token) { __typename ... on RefreshSessionSuccess { ${session} } }
    }`,
    { variables: { token: refreshToken } },
  );
  return data.refreshSession;
}

interface SignedOut {
  readonly signOut: { readonly signedOut: boolean };
}

async function signOut(refreshToken: string) {
  const query = 'mutation ($token: String!) { signOut(refreshToken: $token) { signedOut } }';
  return (await service.ask<SignedOut>(query, { variables: { token: refreshToken } })).data.signOut.signedOut;
}

async function setPassword(id: string, password: string) {
  const query = 'mutation ($input: UpdateUserInput!) { updateUser(input: $input) { __typename } }';
  const { data } = await service.ask(query, { variables: { input: { id, password } }, caller: callerOf(id) });
  expect(data).toEqual({ updateUser: { __typename: 'UpdateUserSuccess' } });
}

async function newAccount(email: string): Promise<string> {
  const query =
    'mutation ($input: CreateUserInput!) { createUser(input: $input) { ... on CreateUserSuccess { user { id } } } }';
  const input = { name: 'Somebody', email, password: 'correct horse' };
  return (await service.ask<{ createUser: { user: { id: string } } }>(query, { variables: { input } })).data.createUser
    .user.id;
}

describe('signIn', () => {
  it('answers tokens and the account, whose owner may read it', async () => {
    const result = await signIn(' ADA@example.org');

    expect(result).toMatchObject({
      __typename: 'SignInSuccess',
      session: { expiresInSeconds: 600, user: { id: '1', email: 'ada@example.org', role: 'CUSTOMER' } },
    });
  });

  it('answers an access token that the published keys verify, with the scopes of the role', async () => {
    const jwks = keySet.parse(await (await fetch(`${service.url}/.well-known/jwks.json`)).json());
    const verify = createAccessTokenVerifier({
      keys: createLocalJWKSet(jwks),
      issuer: 'storefront',
      audience: 'storefront',
    });

    const { session: opened } = await signIn('carol@example.org');

    const verdict = await verify(opened.accessToken);
    expect(verdict).toMatchObject({ caller: { kind: 'user', userId: '3' } });
    expect('caller' in verdict && verdict.caller.kind === 'user' && verdict.caller.scopes.has('users:read')).toBe(true);
  });

  it('says the same about a wrong password and an unknown address', async () => {
    const wrong = await signIn('ada@example.org', 'wrong horse');
    const unknown = await signIn('nobody@example.org');

    expect(wrong).toMatchObject({ __typename: 'InvalidCredentials' });
    expect(unknown).toEqual(wrong);
  });

  it('refuses even the right password after too many failures, known account or not', async () => {
    await newAccount('guessed@example.org');
    for (const email of ['guessed@example.org', 'unknown@example.org']) {
      for (const _ of [1, 2, 3]) await signIn(email, 'wrong horse');

      const refused = await signIn(email.toUpperCase());

      expect(refused).toMatchObject({ __typename: 'TooManyAttempts', retryAfterSeconds: expect.any(Number) });
    }
  });
});

describe('a session', () => {
  it('goes on with a new pair of tokens', async () => {
    const { session: first } = await signIn('bob@example.org');

    const { session: second } = await refresh(first.refreshToken);

    expect(second).toMatchObject({ user: { id: '2', email: 'bob@example.org' } });
    expect(second.refreshToken).not.toBe(first.refreshToken);
    expect(await refresh(second.refreshToken)).toMatchObject({ __typename: 'RefreshSessionSuccess' });
  });

  it('ends for thief and owner when a refresh token comes twice', async () => {
    const { session: first } = await signIn('bob@example.org');
    const { session: second } = await refresh(first.refreshToken);

    expect(await refresh(first.refreshToken)).toEqual({ __typename: 'InvalidSession' });

    expect(await refresh(second.refreshToken)).toEqual({ __typename: 'InvalidSession' });
  });

  it('ends at sign-out', async () => {
    const { session: opened } = await signIn('bob@example.org');

    expect(await signOut(opened.refreshToken)).toBe(true);

    expect(await signOut(opened.refreshToken)).toBe(false);
    expect(await refresh(opened.refreshToken)).toEqual({ __typename: 'InvalidSession' });
  });

  it('ends, as all of the user, when the password changes', async () => {
    const id = await newAccount('changing@example.org');
    const opened = [await signIn('changing@example.org'), await signIn('changing@example.org')];

    await setPassword(id, 'battery staple');

    for (const { session: old } of opened) {
      expect(await refresh(old.refreshToken)).toEqual({ __typename: 'InvalidSession' });
    }
    expect(await signIn('changing@example.org')).toMatchObject({ __typename: 'InvalidCredentials' });
    expect(await signIn('changing@example.org', 'battery staple')).toMatchObject({ __typename: 'SignInSuccess' });
  });

  it('ends with the account', async () => {
    const id = await newAccount('leaving@example.org');
    const { session: opened } = await signIn('leaving@example.org');

    await service.ask(`mutation { deleteUser(id: "${id}") { __typename } }`, { caller: callerOf(id) });

    expect(await refresh(opened.refreshToken)).toEqual({ __typename: 'InvalidSession' });
  });
});
