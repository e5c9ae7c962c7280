import { announceEnded, type AnnounceEndedDeps } from './announce-ended.ts';
import type { Sessions } from './ports.ts';

/** Ends the session that a refresh token belongs to. False when there was none. */
export async function signOut(
  deps: AnnounceEndedDeps & { readonly sessions: Pick<Sessions, 'end'> },
  refreshToken: string,
): Promise<boolean> {
  const ended = await deps.sessions.end(refreshToken);
  if (ended === null) return false;
  await announceEnded(deps, [ended]);
  return true;
}
