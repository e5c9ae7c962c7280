import { createHash, createHmac, randomBytes } from 'node:crypto';

/** The two halves of a refresh token: the session it belongs to, and the secret that proves it. */
export interface RefreshToken {
  readonly sessionId: string;
  readonly secret: string;
}

/** A token of a new session: 128 random bits name it, 256 prove it. */
export function newRefreshToken(): RefreshToken {
  return { sessionId: randomBytes(16).toString('base64url'), secret: randomBytes(32).toString('base64url') };
}

/** The token as a client keeps it: `<session>.<secret>`, both base64url. */
export function writeRefreshToken({ sessionId, secret }: RefreshToken): string {
  return `${sessionId}.${secret}`;
}

/** Reads what a client sent; null when it cannot be a token of ours. */
export function readRefreshToken(text: string): RefreshToken | null {
  const parts = /^([\w-]{22})\.([\w-]{43})$/.exec(text);
  return parts?.[1] && parts[2] ? { sessionId: parts[1], secret: parts[2] } : null;
}

/** What is stored of a secret. It has 256 random bits, so a fast hash without salt is enough. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}

/** Salt for the step from one secret to the next. */
export function newSalt(): string {
  return randomBytes(32).toString('base64url');
}

/**
 * The secret that follows: who has the old one and the stored salt finds it again, so that an answer that was lost can be
 * repeated; who reads the store alone cannot.
 */
export function nextSecret(secret: string, salt: string): string {
  return createHmac('sha256', salt).update(secret).digest('base64url');
}
