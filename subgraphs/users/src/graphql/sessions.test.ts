import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { anonymous } from '@storefront/platform/identity/caller.ts';
import { callerWith, sessionCalls } from '../testing/session-calls.ts';
import { type TestService, callerOf, startTestService } from '../testing/start-test-service.ts';

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

  it('goes on for a client that lost the answer and asks again', async () => {
    const { session: first } = await calls.signIn('bob@example.org');

    const answers = await Promise.all(Array.from({ length: 20 }, () => calls.refresh(first.refreshToken)));

    const [next, ...others] = new Set(answers.map((answer) => answer.session.refreshToken));
    expect(others).toEqual([]);
    expect(await calls.refresh(next ?? '')).toMatchObject({ __typename: 'RefreshSessionSuccess' });
  });

  it('ends for thief and owner when a refresh token comes again after its successor was used', async () => {
    const { session: first } = await calls.signIn('bob@example.org');
    const { session: second } = await calls.refresh(first.refreshToken);
    const { session: third } = await calls.refresh(second.refreshToken);

    expect(await calls.refresh(first.refreshToken)).toEqual({ __typename: 'InvalidSession' });

    expect(await calls.refresh(third.refreshToken)).toEqual({ __typename: 'InvalidSession' });
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

describe('the list of sessions', () => {
  it('shows the owner where they are signed in, and which of them asks', async () => {
    await calls.newAccount('listing@example.org');
    const { session: phone } = await calls.signIn('listing@example.org', undefined, 'My\nphone');
    const { session: laptop } = await calls.signIn('listing@example.org');

    const sessions = await calls.sessionsOf(callerWith(laptop));

    const instant = expect.stringMatching(/^20\d\d-/);
    const times = { createdAt: instant, lastUsedAt: instant, expiresAt: instant };
    expect(sessions).toHaveLength(2);
    expect(sessions).toEqual(
      expect.arrayContaining([
        { id: phone.refreshToken.split('.')[0], clientName: 'My phone', current: false, ...times },
        { id: laptop.refreshToken.split('.')[0], clientName: null, current: true, ...times },
      ]),
    );
  });

  it.each([
    ['nobody known', anonymous],
    ['another customer', callerOf('2')],
    ['an admin', callerOf('3', 'users:read users:write')],
  ])('is not for %s', async (_who, caller) => {
    const { data, errors } = await service.ask('{ user(id: "1") { sessions { id } } }', { caller });

    expect(data).toEqual({ user: { sessions: null } });
    expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  });

  it('loses a session that its owner revokes, and no other', async () => {
    const id = await calls.newAccount('revoking@example.org');
    const { session: lost } = await calls.signIn('revoking@example.org');
    const { session: kept } = await calls.signIn('revoking@example.org');
    const { id: lostId = '' } =
      (await calls.sessionsOf(callerWith(lost))).find((each) => 'current' in each && each.current) ?? {};

    expect(await calls.revoke(callerOf('1'), lostId)).toEqual({ __typename: 'NotFound' });
    expect(await calls.revoke(anonymous, lostId)).toBeNull();
    expect(await calls.revoke(callerOf(id), lostId)).toEqual({ __typename: 'RevokeSessionSuccess' });

    expect(await calls.refresh(lost.refreshToken)).toEqual({ __typename: 'InvalidSession' });
    expect(await calls.sessionsOf(callerWith(kept))).toHaveLength(1);
    expect(await calls.refresh(kept.refreshToken)).toMatchObject({ __typename: 'RefreshSessionSuccess' });
  });
});
