import { randomBytes } from 'node:crypto';
import { generateSigningKey } from '@storefront/platform/identity/keys.ts';
import type { JSONWebKeySet } from 'jose';
import { signsFrom } from './key-ring.ts';

/** How a rotation is timed. */
export interface RotationOptions {
  readonly at: Date;
  /** For how long the new key is published before it signs: longer than gateways keep a key set (5 min). Default 6 min. */
  readonly publishSeconds?: number;
  /** For how long a key stays published after the next one took over: longer than a token lives. Default 15 min. */
  readonly keepSeconds?: number;
}

/**
 * The key set with a new key, which signs when everybody has had the time to hear of it, and without those whose last token has
 * expired. Doing it again before the new key signs adds nothing.
 */
export async function rotateKeys(
  { keys }: JSONWebKeySet,
  { at, publishSeconds = 6 * 60, keepSeconds = 15 * 60 }: RotationOptions,
): Promise<JSONWebKeySet> {
  const now = Math.floor(at.getTime() / 1000);
  if (keys.some((key) => signsFrom(key) > now)) return { keys };
  const newest = Math.max(...keys.map(signsFrom));
  const isOver = newest + keepSeconds < now;
  const kept = isOver ? keys.filter((key) => signsFrom(key) === newest) : keys;
  const fresh = await generateSigningKey(`access-${randomBytes(4).toString('hex')}`);
  return { keys: [Object.assign(fresh, { signs_from: now + publishSeconds }), ...kept] };
}
