import { addressKey } from '@storefront/platform/http/address-key.ts';
import type { Identity } from './authenticate.ts';

/** What somebody may hold several of: a websocket (or a stream that many operations share), or a stream of one operation. */
export type SeatKind = 'socket' | 'stream';

/** How many a caller may hold at once at this replica. */
export interface SeatLimits {
  readonly socketsPerUser: number;
  readonly streamsPerUser: number;
  /** For those who are not signed in: of each kind, from one address. */
  readonly perAddress: number;
}

/** Used unless the configuration says otherwise. */
export const seatDefaults: SeatLimits = { socketsPerUser: 5, streamsPerUser: 20, perAddress: 50 };

/** Places for connections that stay open. */
export interface Seats {
  /** Takes a place; the result gives it back. Null when all of the caller's are taken. */
  take(kind: SeatKind, identity: Identity, clientAddress: string): (() => void) | null;
  /** How many of a kind are taken, by all callers together. */
  taken(kind: SeatKind): number;
}

/** Counts in this process: a user of several replicas may hold so many at each. */
export function createSeats(limits: SeatLimits = seatDefaults): Seats {
  const taken = new Map<string, number>();
  const limitOf = (kind: SeatKind, { caller }: Identity) => {
    if (caller.kind === 'anonymous') return limits.perAddress;
    return kind === 'socket' ? limits.socketsPerUser : limits.streamsPerUser;
  };
  const held = { socket: 0, stream: 0 };
  return {
    taken: (kind) => held[kind],
    take(kind, identity, clientAddress) {
      const { caller } = identity;
      const holder = caller.kind === 'user' ? `user ${caller.userId}` : `address ${addressKey(clientAddress)}`;
      const key = `${kind} ${holder}`;
      const before = taken.get(key) ?? 0;
      if (before >= limitOf(kind, identity)) return null;
      taken.set(key, before + 1);
      held[kind] += 1;
      let isHeld = true;
      return () => {
        if (!isHeld) return;
        isHeld = false;
        held[kind] -= 1;
        const left = (taken.get(key) ?? 1) - 1;
        if (left > 0) taken.set(key, left);
        else taken.delete(key);
      };
    },
  };
}
