import { comparableEmail, readClientName } from '../domain/user-input.ts';
import type { AccessTokens, NewEventId, Passwords, Sessions, SignInThrottle, Users } from './ports.ts';
import type { Session } from './session.ts';

/** Credentials, and the address they came from when it is known. */
export interface SignIn {
  readonly email: string;
  readonly password: string;
  readonly address: string | null;
  /** What signs in, as it names itself. */
  readonly clientName?: string | null | undefined;
}

/** What became of it. Unknown account, account without password and wrong password are one outcome. */
export type SignInOutcome =
  | { readonly outcome: 'signed-in'; readonly session: Session }
  | { readonly outcome: 'invalid-credentials' }
  | { readonly outcome: 'too-many-attempts'; readonly retryAfterSeconds: number };

interface Deps {
  users: Pick<Users, 'byEmail'>;
  passwords: Pick<Passwords, 'verify'>;
  sessions: Pick<Sessions, 'open'>;
  throttle: SignInThrottle;
  accessTokens: AccessTokens;
  newEventId: NewEventId;
}

/** Opens a session for who knows the password. Takes the same time whether the account exists or not. */
export async function signIn(deps: Deps, input: SignIn): Promise<SignInOutcome> {
  const { email, password, address } = input;
  const attempt = { id: deps.newEventId(), email: comparableEmail(email), address };
  const entrance = await deps.throttle.enter(attempt);
  if (!entrance.admitted) return { outcome: 'too-many-attempts', retryAfterSeconds: entrance.retryAfterSeconds };

  const user = await deps.users.byEmail(attempt.email);
  const isRight = await deps.passwords.verify(user?.passwordHash ?? null, password);
  if (user === null || !isRight) return { outcome: 'invalid-credentials' };

  await deps.throttle.succeeded(attempt);
  const { sessionId, refreshToken } = await deps.sessions.open(
    { userId: user.id, epoch: user.sessionEpoch },
    { clientName: readClientName(input.clientName) },
  );
  const access = await deps.accessTokens.issue(user, sessionId);
  return { outcome: 'signed-in', session: { ...access, refreshToken, user } };
}
