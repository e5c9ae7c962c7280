import { announceEnded, type AnnounceEndedDeps } from './announce-ended.ts';
import type { AccessTokens, Sessions, Users } from './ports.ts';
import type { Session } from './session.ts';

interface Deps extends AnnounceEndedDeps {
  users: Pick<Users, 'byId'>;
  sessions: Pick<Sessions, 'rotate' | 'end'>;
  accessTokens: AccessTokens;
}

/**
 * Changes a refresh token for a new pair. Null when the token is unknown, expired, used before (the session is over
 * then) or revoked, or when the account is gone or has had another password since the sign-in.
 */
export async function refreshSession(deps: Deps, refreshToken: string): Promise<Session | null> {
  const rotated = await deps.sessions.rotate(refreshToken);
  if (rotated === 'unknown') return null;
  if ('reused' in rotated) {
    await announceEnded(deps, [rotated.reused]);
    return null;
  }
  const user = await deps.users.byId(rotated.userId);
  if (user === null || user.sessionEpoch !== rotated.epoch) {
    const ended = await deps.sessions.end(rotated.refreshToken);
    if (ended) await announceEnded(deps, [ended]);
    return null;
  }
  const access = await deps.accessTokens.issue(user, rotated.sessionId);
  return { ...access, refreshToken: rotated.refreshToken, user };
}
