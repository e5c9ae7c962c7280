import type { User } from '../domain/user.ts';

/** Tokens for a session, and whose it is. */
export interface Session {
  readonly accessToken: string;
  readonly expiresInSeconds: number;
  readonly refreshToken: string;
  readonly user: User;
}
