import { CodedError } from '@storefront/platform/errors/coded-error.ts';
import type { Identity } from './authenticate.ts';
import type { Revocations } from './revocations.ts';
import type { SigningKeys } from './signing-keys.ts';

/** How long an identity is good for something that stays open. */
export interface Lifetime {
  /** Aborted with a CodedError when the identity is good no more: TOKEN_EXPIRED (renew it) or SESSION_ENDED (sign in again). */
  readonly signal: AbortSignal;
  readonly identity: Identity;
  /** Goes on with a fresh token of the same user with the same rights; false when it is another's, and nothing changes. */
  renew(identity: Identity): boolean;
  /** Ends the watch. */
  end(): void;
}

/** Begins to watch an identity. */
export type WatchLifetime = (identity: Identity) => Lifetime;

/** setTimeout takes no more. */
const longestTimerMs = 2 ** 31 - 1;

/** Watches identities: each ends when its token expires, or at once when its session does or the key that signed it is published no more. */
export function createLifetimes({
  revocations,
  keys,
  now,
}: {
  /** Null when nothing is ever revoked. */
  readonly revocations: Pick<Revocations, 'isRevoked' | 'onRevoked'> | null;
  /** Null when no token is ever verified. */
  readonly keys: Pick<SigningKeys, 'isPublished' | 'onRemoved'> | null;
  readonly now: () => number;
}): WatchLifetime {
  return (first) => {
    const over = new AbortController();
    let identity = first;
    let timer: NodeJS.Timeout | undefined;
    const expire = () => over.abort(new CodedError('TOKEN_EXPIRED', expired, { httpStatus: 401 }));
    const look = () => {
      if (revocations?.isRevoked(identity)) over.abort(new CodedError('SESSION_ENDED', ended, { httpStatus: 401 }));
      const { keyId } = identity;
      if (keyId !== undefined && keys?.isPublished(keyId) === false) expire();
    };
    const startTimer = () => {
      clearTimeout(timer);
      const { expiresAt } = identity;
      if (!expiresAt) return;
      timer = setTimeout(expire, Math.min(longestTimerMs, Math.max(0, expiresAt.getTime() - now()))).unref();
    };
    const stops = [revocations?.onRevoked(look), keys?.onRemoved(look)];
    startTimer();
    look();
    return {
      signal: over.signal,
      get identity() {
        return identity;
      },
      renew(fresh) {
        if (over.signal.aborted || !isSame(identity, fresh)) return false;
        identity = fresh;
        startTimer();
        return true;
      },
      end() {
        clearTimeout(timer);
        for (const stop of stops) stop?.();
      },
    };
  };
}

const expired = 'The access token is good no more. Renew it, then go on with the cursor of the last event.';
const ended = 'The session has ended. Sign in again.';

function isSame({ caller: one }: Identity, { caller: other }: Identity): boolean {
  if (one.kind !== 'user' || other.kind !== 'user' || one.userId !== other.userId) return false;
  return one.scopes.size === other.scopes.size && [...one.scopes].every((scope) => other.scopes.has(scope));
}
