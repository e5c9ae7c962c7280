import type { Fault } from '../domain/user-input.ts';
import type { User } from '../domain/user.ts';
import type { CreateUserOutcome } from '../use-cases/create-user.ts';
import type { Session } from '../use-cases/session.ts';
import type { SignInOutcome } from '../use-cases/sign-in.ts';
import type { UpdateUserOutcome } from '../use-cases/update-user.ts';
import type { ResolversTypes } from './generated-types.ts';
import type { UserShape } from './shapes.ts';

/** The one place that translates outcomes of use cases into members of the graph's unions. */

/** The account, readable by whoever opened it, or what stands against it. */
export function answerCreateUser(result: CreateUserOutcome): Awaited<ResolversTypes['CreateUserResult']> {
  switch (result.outcome) {
    case 'created':
      return { __typename: 'CreateUserSuccess', user: asSelf(result.user) };
    case 'invalid':
      return invalidInput(result.fault);
    case 'email-taken':
      return emailTaken();
  }
}

/** The account as it is now, or what stands against the change. */
export function answerUpdateUser(result: UpdateUserOutcome): Awaited<ResolversTypes['UpdateUserResult']> {
  switch (result.outcome) {
    case 'updated':
      return { __typename: 'UpdateUserSuccess', user: result.user };
    case 'invalid':
      return invalidInput(result.fault);
    case 'email-taken':
      return emailTaken();
    case 'not-found':
      return { __typename: 'NotFound', message: 'There is no such user.', path: ['input', 'id'] };
  }
}

/** The id that is gone, or that nobody had it. */
export function answerDeleteUser(
  result: 'deleted' | 'not-found',
  id: string,
): Awaited<ResolversTypes['DeleteUserResult']> {
  if (result === 'deleted') return { __typename: 'DeleteUserSuccess', deletedUserId: id };
  return { __typename: 'NotFound', message: 'There is no such user.', path: ['id'] };
}

/** The session, or why there is none; the text does not tell a wrong password from an unknown address. */
export function answerSignIn(result: SignInOutcome): Awaited<ResolversTypes['SignInResult']> {
  switch (result.outcome) {
    case 'signed-in':
      return { __typename: 'SignInSuccess', session: toSession(result.session) };
    case 'invalid-credentials':
      return {
        __typename: 'InvalidCredentials',
        message: 'The e-mail address or the password is wrong.',
        path: ['input'],
      };
    case 'too-many-attempts': {
      const { retryAfterSeconds } = result;
      const message = `Too many failed sign-ins. Try again in ${retryAfterSeconds} s.`;
      return { __typename: 'TooManyAttempts', message, path: ['input'], retryAfterSeconds };
    }
  }
}

/** The session with its new tokens, or that there is none (any more). */
export function answerRefreshSession(session: Session | null): Awaited<ResolversTypes['RefreshSessionResult']> {
  if (session) return { __typename: 'RefreshSessionSuccess', session: toSession(session) };
  return { __typename: 'InvalidSession', message: 'This session is over. Sign in again.', path: ['refreshToken'] };
}

/** The id of the session that is over, or that the caller has none with this id. */
export function answerRevokeSession(isRevoked: boolean, id: string): Awaited<ResolversTypes['RevokeSessionResult']> {
  if (isRevoked) return { __typename: 'RevokeSessionSuccess', revokedSessionId: id };
  return { __typename: 'NotFound', message: 'You have no such session.', path: ['id'] };
}

function toSession(session: Session) {
  return { ...session, user: asSelf(session.user) };
}

/** At that moment the caller has no access token yet, but has just proven to be this user. */
function asSelf(user: User): UserShape {
  return { ...user, isSelf: true };
}

function invalidInput({ field, message }: Fault) {
  return { __typename: 'InvalidInput' as const, message, path: ['input', field] };
}

function emailTaken() {
  const message = 'Another account has this e-mail address.';
  return { __typename: 'EmailTaken' as const, message, path: ['input', 'email'] };
}
