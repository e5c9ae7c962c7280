import { setTimeout as delay } from 'node:timers/promises';
import { describeFault } from '@storefront/platform/errors/coded-error.ts';
import type { Log } from '@storefront/platform/log/log.ts';
import type { Redis } from '@storefront/platform/redis/redis.ts';
import type { DomainEvent } from '@storefront/schema/events/event.ts';
import { sessionEnded } from '@storefront/schema/events/session-ended.ts';
import { userDeleted } from '@storefront/schema/events/user-deleted.ts';
import type { Identity } from './authenticate.ts';

/** The access tokens that count no more although they have not expired. */
export interface Revocations {
  isRevoked(identity: Identity): boolean;
  /** Calls the listener when something was revoked. Returns what ends that. */
  onRevoked(listener: () => void): () => void;
  /** Takes an event of the house, and tells every replica when it revokes something. @throws what Redis throws */
  record(event: DomainEvent): Promise<void>;
  close(): void;
}

/** What the revocations are kept and told with. */
export interface RevocationsDeps {
  readonly redis: Redis;
  /** A connection that may subscribe. */
  readonly subscriber: Redis;
  readonly log: Pick<Log, 'warn'>;
  readonly now: () => number;
}

/** How revocations are kept. */
export interface RevocationsOptions {
  /** What every key begins with. Default `revoked`. */
  readonly prefix?: string;
  /** For how long a revocation is remembered: longer than any access token lives. Default 15 min. */
  readonly retentionMs?: number;
  /** How often all are read again, in case a message was lost. Default 10 s. */
  readonly reloadMs?: number;
}

/**
 * Remembers which sessions and accounts have ended, in Redis and in the memory of every replica. A revocation that one replica
 * records is known to all at once; to one that was cut off from Redis as soon as it is back.
 */
export async function followRevocations(
  { redis, subscriber, log, now }: RevocationsDeps,
  { prefix = 'revoked', retentionMs = 15 * 60_000, reloadMs = 10_000 }: RevocationsOptions = {},
): Promise<Revocations> {
  const known = new Map<string, number>();
  const listeners = new Set<() => void>();
  const end = new AbortController();
  const load = async () => {
    const found = await redis.zrangebyscore(prefix, now(), '+inf', 'WITHSCORES');
    for (let at = 0; at < found.length; at += 2) known.set(found[at] ?? '', Number(found[at + 1]));
    for (const [who, until] of known) if (until < now()) known.delete(who);
    if (found.length > 0) for (const listener of listeners) listener();
  };
  const reload = () =>
    load().catch((cause: unknown) => log.warn({ fault: describeFault(cause) }, 'cannot read revocations'));
  const hear = (channel: string) => void (channel === prefix && reload());
  const reloadForEver = async () => {
    while (!end.signal.aborted) {
      await delay(reloadMs, undefined, { signal: end.signal, ref: false }).catch(() => undefined); // only an abort rejects
      if (!end.signal.aborted) await reload();
    }
  };
  subscriber.on('message', hear);
  subscriber.on('ready', reload);
  await subscriber.subscribe(prefix);
  await reload();
  void reloadForEver();
  return {
    isRevoked: ({ caller, sessionId }) =>
      (sessionId !== undefined && known.has(`session:${sessionId}`)) ||
      (caller.kind === 'user' && known.has(`user:${caller.userId}`)),
    onRevoked(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async record(event) {
      const ended = readEnded(event);
      if (ended.length === 0) return;
      const until = now() + retentionMs;
      await redis.zremrangebyscore(prefix, '-inf', now());
      await redis.zadd(prefix, ...ended.flatMap((who) => [until, who]));
      await redis.publish(prefix, '');
    },
    close() {
      end.abort();
      subscriber.off('message', hear);
      subscriber.off('ready', reload);
    },
  };
}

/** Whose tokens an event ends. */
function readEnded(event: DomainEvent): readonly string[] {
  switch (event.type) {
    case sessionEnded.type:
      return sessionEnded.parse(event).data.sessionIds.map((id) => `session:${id}`);
    case userDeleted.type:
      return [`user:${userDeleted.parse(event).data.userId}`];
    default:
      return [];
  }
}
