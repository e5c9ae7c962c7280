import type { Sessions } from './ports.ts';

/** Ends the session that a refresh token belongs to. False when there was none. */
export function signOut({ sessions }: { sessions: Pick<Sessions, 'end'> }, refreshToken: string): Promise<boolean> {
  return sessions.end(refreshToken);
}
