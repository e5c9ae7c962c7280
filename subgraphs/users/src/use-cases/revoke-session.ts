import { announceEnded, type AnnounceEndedDeps } from './announce-ended.ts';
import type { EndedSession, Sessions } from './ports.ts';

/** Ends one of a user's own sessions. False when the user has none with this id. */
export async function revokeSession(
  deps: AnnounceEndedDeps & { readonly sessions: Pick<Sessions, 'endById'> },
  { userId, sessionId }: EndedSession,
): Promise<boolean> {
  const ended = await deps.sessions.endById(userId, sessionId);
  if (ended === null) return false;
  await announceEnded(deps, [ended]);
  return true;
}
