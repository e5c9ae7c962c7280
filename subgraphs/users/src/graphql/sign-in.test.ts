import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createAccessTokenVerifier } from '@storefront/platform/identity/access-tokens.ts';
import { createLocalJWKSet } from 'jose';
import { z } from 'zod';
import { sessionCalls } from '../testing/session-calls.ts';
import { type TestService, startTestService } from '../testing/start-test-service.ts';

let service: TestService;
let calls: ReturnType<typeof sessionCalls>;

beforeAll(async () => {
  service = await startTestService({ SIGN_IN_MAX_FAILURES_PER_ACCOUNT: '3' });
  calls = sessionCalls(service);
});
afterAll(() => service.close());

const keySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })) });

describe('signIn', () => {
  it('answers tokens and the account, whose owner may read it', async () => {
    const result = await calls.signIn(' ADA@example.org');

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

    const { session: opened } = await calls.signIn('carol@example.org');

    const verdict = await verify(opened.accessToken);
    expect(verdict).toMatchObject({ caller: { kind: 'user', userId: '3' } });
    expect('caller' in verdict && verdict.caller.kind === 'user' && verdict.caller.scopes.has('users:read')).toBe(true);
  });

  it('says the same about a wrong password and an unknown address', async () => {
    const wrong = await calls.signIn('ada@example.org', 'wrong horse');
    const unknown = await calls.signIn('nobody@example.org');

    expect(wrong).toMatchObject({ __typename: 'InvalidCredentials' });
    expect(unknown).toEqual(wrong);
  });

  it('counts each alias of one document', async () => {
    const guess = (n: number) =>
      `a${n}: signIn(input: { email: "aliased@example.org", password: "guess number ${n}" }) { __typename }`;

    const { data } = await service.ask<Record<string, { __typename: string }>>(
      `mutation { ${[1, 2, 3, 4, 5].map(guess).join(' ')} }`,
    );

    expect(Object.values(data).map(({ __typename }) => __typename)).toEqual([
      ...Array.from({ length: 3 }, () => 'InvalidCredentials'),
      ...Array.from({ length: 2 }, () => 'TooManyAttempts'),
    ]);
  });

  it('refuses even the right password after too many failures, known account or not', async () => {
    await calls.newAccount('guessed@example.org');
    for (const email of ['guessed@example.org', 'unknown@example.org']) {
      for (const _ of [1, 2, 3]) await calls.signIn(email, 'wrong horse');

      const refused = await calls.signIn(email.toUpperCase());

      expect(refused).toMatchObject({ __typename: 'TooManyAttempts', retryAfterSeconds: expect.any(Number) });
    }
  });
});
