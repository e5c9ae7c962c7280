import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sessionCalls } from '../testing/session-calls.ts';
import { type TestService, startTestService } from '../testing/start-test-service.ts';

let service: TestService;
let calls: ReturnType<typeof sessionCalls>;

beforeAll(async () => {
  service = await startTestService();
  calls = sessionCalls(service);
});
afterAll(() => service.close());

describe('a session', () => {
  it('goes on with a new pair of tokens', async () => {
    const { session: first } = await calls.signIn('bob@example.org');

    const { session: second } = await calls.refresh(first.refreshToken);

    expect(second).toMatchObject({ user: { id: '2', email: 'bob@example.org' } });
    expect(second.refreshToken).not.toBe(first.refreshToken);
    expect(await calls.refresh(second.refreshToken)).toMatchObject({ __typename: 'RefreshSessionSuccess' });
  });

  it('ends for thief and owner when a refresh token comes twice', async () => {
    const { session: first } = await calls.signIn('bob@example.org');
    const { session: second } = await calls.refresh(first.refreshToken);

    expect(await calls.refresh(first.refreshToken)).toEqual({ __typename: 'InvalidSession' });

    expect(await calls.refresh(second.refreshToken)).toEqual({ __typename: 'InvalidSession' });
  });

  it('ends at sign-out', async () => {
    const { session: opened } = await calls.signIn('bob@example.org');

    expect(await calls.signOut(opened.refreshToken)).toBe(true);

    expect(await calls.signOut(opened.refreshToken)).toBe(false);
    expect(await calls.refresh(opened.refreshToken)).toEqual({ __typename: 'InvalidSession' });
  });

  it('ends, as all of the user, when the password changes', async () => {
    const id = await calls.newAccount('changing@example.org');
    const opened = [await calls.signIn('changing@example.org'), await calls.signIn('changing@example.org')];

    expect(await calls.setPassword(id, 'battery staple')).toEqual({ __typename: 'UpdateUserSuccess' });

    for (const { session: old } of opened) {
      expect(await calls.refresh(old.refreshToken)).toEqual({ __typename: 'InvalidSession' });
    }
    expect(await calls.signIn('changing@example.org')).toMatchObject({ __typename: 'InvalidCredentials' });
    expect(await calls.signIn('changing@example.org', 'battery staple')).toMatchObject({ __typename: 'SignInSuccess' });
  });

  it('ends with the account', async () => {
    const id = await calls.newAccount('leaving@example.org');
    const { session: opened } = await calls.signIn('leaving@example.org');

    expect(await calls.deleteAccount(id)).toEqual({ __typename: 'DeleteUserSuccess' });

    expect(await calls.refresh(opened.refreshToken)).toEqual({ __typename: 'InvalidSession' });
  });
});
