import type { Redis } from '@storefront/platform/redis/redis.ts';
import { z } from 'zod';
import {
  hashSecret,
  newRefreshToken,
  newSalt,
  nextSecret,
  readRefreshToken,
  writeRefreshToken,
} from '../identity/refresh-token.ts';
import type { Clock, EndedSession, OpenSession, SessionOwner, Sessions } from '../use-cases/ports.ts';
import { orUnavailable } from './available.ts';
import { endOwnScript, endScript, rotateScript } from './session-scripts.ts';

/** How long a session lives from its sign-in, and for how long a token that was just used gets the same answer again. */
export interface SessionOptions {
  readonly lifetimeMs: number;
  readonly graceMs: number;
}

interface Deps {
  redis: Redis;
  clock: Clock;
}

/**
 * Sessions in Redis: a hash each, with hashes of tokens, never a token; and an index of the sessions of each user.
 * Rotation is one atomic step, so of many requests with one token only the first (and, within the grace period, those
 * that repeat it) get a successor. A token that is neither the current one nor its repetition ends the session.
 * Every call throws CodedError SERVICE_UNAVAILABLE while Redis is away. Source: RFC 9700 section 4.14.2
 */
export function createSessionStore({ redis, clock }: Deps, options: SessionOptions): Sessions {
  return {
    open: (owner, client) =>
      orUnavailable(() => openSession({ redis, clock }, owner, { lifetimeMs: options.lifetimeMs, ...client })),
    openOf: (owner) => orUnavailable(() => sessionsOf({ redis, clock }, owner)),
    rotate: (refreshToken) => orUnavailable(() => rotateSession(redis, refreshToken, options.graceMs)),
    end: (refreshToken) => orUnavailable(() => endSession(redis, refreshToken)),
    endById: (userId, sessionId) => orUnavailable(() => endOwnSession(redis, { userId, sessionId })),
    endAllOf: (userId) => orUnavailable(() => endSessionsOf(redis, userId)),
  };
}

async function endSession(redis: Redis, text: string): Promise<EndedSession | null> {
  const token = readRefreshToken(text);
  if (token === null) return null;
  const answer = await redis.eval(endScript, 1, sessionKey(token.sessionId), hashSecret(token.secret));
  const userId = z.string().nullable().parse(answer);
  if (userId === null) return null;
  await redis.zrem(indexKey(userId), token.sessionId);
  return { userId, sessionId: token.sessionId };
}

async function endOwnSession(redis: Redis, session: EndedSession): Promise<EndedSession | null> {
  const { userId, sessionId } = session;
  const ended = await redis.eval(endOwnScript, 1, sessionKey(sessionId), userId);
  if (ended !== 1) return null;
  await redis.zrem(indexKey(userId), sessionId);
  return session;
}

/** The index is by the end, and every session lives equally long: the last in it are the newest. */
async function sessionsOf({ redis, clock }: Deps, { userId, epoch }: SessionOwner): Promise<OpenSession[]> {
  const found = await redis.zrange(indexKey(userId), '-inf', '+inf', 'BYSCORE', 'WITHSCORES');
  const nowMs = clock.now().getTime();
  const ends = new Map<string, number>();
  for (let at = 0; at < found.length; at += 2) ends.set(found[at] ?? '', Number(found[at + 1]));
  const reading = redis.pipeline();
  const listed = [...ends].filter(([, endsAtMs]) => endsAtMs > nowMs).slice(-maxListed);
  for (const [id] of listed) reading.hmget(sessionKey(id), 'epoch', 'openedAtMs', 'rotatedAtMs', 'client');
  const replies = (await reading.exec()) ?? [];
  return listed
    .flatMap(([id, endsAtMs], at) => {
      const facts = sessionFacts.safeParse(replies[at]?.[1]);
      if (!facts.success || facts.data.epoch !== epoch) return [];
      const { openedAt, usedAt, clientName } = facts.data;
      return [{ id, openedAt, usedAt: usedAt ?? openedAt, endsAt: new Date(endsAtMs), clientName }];
    })
    .sort((one, other) => other.usedAt.getTime() - one.usedAt.getTime());
}

const maxListed = 100;
const instant = z.string().transform((ms) => new Date(Number(ms)));
/** One that has ended meanwhile has no fields any more. */
const sessionFacts = z
  .tuple([z.coerce.number(), instant, instant.nullable(), z.string().nullable()])
  .transform(([epoch, openedAt, usedAt, clientName]) => ({ epoch, openedAt, usedAt, clientName }));

/** Takes from the index only what it ended, so that a session that is opened meanwhile stays in it. */
async function endSessionsOf(redis: Redis, userId: string): Promise<EndedSession[]> {
  const sessionIds = await redis.zrange(indexKey(userId), '0', '-1');
  if (sessionIds.length === 0) return [];
  await redis.del(...sessionIds.map(sessionKey));
  await redis.zrem(indexKey(userId), ...sessionIds);
  return sessionIds.map((sessionId) => ({ userId, sessionId }));
}

async function openSession(
  { redis, clock }: Deps,
  owner: SessionOwner,
  { lifetimeMs, clientName = null }: { readonly lifetimeMs: number; readonly clientName?: string | null },
) {
  const token = newRefreshToken();
  const nowMs = clock.now().getTime();
  const facts = {
    user: owner.userId,
    epoch: owner.epoch,
    current: hashSecret(token.secret),
    openedAtMs: nowMs,
    ...(clientName === null ? {} : { client: clientName }),
  };
  const replies = await redis
    .multi()
    .hset(sessionKey(token.sessionId), facts)
    .pexpire(sessionKey(token.sessionId), lifetimeMs)
    .zremrangebyscore(indexKey(owner.userId), '-inf', String(nowMs))
    .zadd(indexKey(owner.userId), nowMs + lifetimeMs, token.sessionId)
    .pexpire(indexKey(owner.userId), lifetimeMs)
    .exec();
  for (const [fault] of replies ?? []) if (fault) throw fault;
  return { sessionId: token.sessionId, refreshToken: writeRefreshToken(token) };
}

const rotation = z.union([
  z.null().transform(() => 'unknown' as const),
  z
    .tuple([z.enum(['rotated', 'repeated']), z.string(), z.coerce.number(), z.string()])
    .transform(([, userId, epoch, salt]) => ({ userId, epoch, salt })),
  z.tuple([z.literal('reused'), z.string()]).transform(([, userId]) => ({ reusedOf: userId })),
]);

async function rotateSession(redis: Redis, text: string, graceMs: number): ReturnType<Sessions['rotate']> {
  const token = readRefreshToken(text);
  if (token === null) return 'unknown';
  const { sessionId, secret } = token;
  const salt = newSalt();
  const hashes = [hashSecret(secret), hashSecret(nextSecret(secret, salt))] as const;
  const step = [...hashes, salt, String(graceMs)];
  const answer = rotation.parse(await redis.eval(rotateScript, 1, sessionKey(sessionId), ...step));
  if (answer === 'unknown') return 'unknown';
  if ('reusedOf' in answer) {
    await redis.zrem(indexKey(answer.reusedOf), sessionId);
    return { reused: { userId: answer.reusedOf, sessionId } };
  }
  const refreshToken = writeRefreshToken({ sessionId, secret: nextSecret(secret, answer.salt) });
  return { userId: answer.userId, epoch: answer.epoch, sessionId, refreshToken };
}

function sessionKey(sessionId: string): string {
  return `sessions:${sessionId}`;
}

function indexKey(userId: string): string {
  return `sessions-of:${userId}`;
}
