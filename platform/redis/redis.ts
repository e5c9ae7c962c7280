import { once } from 'node:events';
import type { Redis, RedisOptions as ConnectionOptions } from 'ioredis';
import { CodedError } from '../errors/coded-error.ts';
import type { Log } from '../log/log.ts';
import type { Tracer } from '../telemetry/tracer.ts';
import { PackingRedis } from './packing-redis.ts';
import { tracedRedis } from './traced-redis.ts';

export type { Redis } from 'ioredis';

const CONNECT_TIMEOUT_MS = 2_000;
const CONNECT_ATTEMPTS = 6;
const LONGEST_RETRY_DELAY_MS = 2_000;

/** What `openRedis` needs to know. */
export interface RedisOptions {
  readonly url: string;
  readonly log: Log;
  /** Put before every key; not before the names of channels. */
  readonly keyPrefix?: string;
  /** The longest a command may take. Default 1_000. */
  readonly commandTimeoutMs?: number;
  /** Makes a span of each command that is sent in the course of another. Default: none. */
  readonly tracer?: Tracer | null;
}

/**
 * Opens a connection for commands. A command fails after `commandTimeoutMs`, and at once while Redis is away: nothing
 * queues up. The connection comes back by itself, tried every 50 ms to 2 s. Close with `disconnect()` or `quit()`.
 * @throws CodedError REDIS_UNREACHABLE with the host and the cause
 */
export async function openRedis({
  url,
  log,
  keyPrefix,
  commandTimeoutMs = 1_000,
  tracer = null,
}: RedisOptions): Promise<Redis> {
  return connect(
    { url, log, tracer },
    {
      ...(keyPrefix === undefined ? {} : { keyPrefix }),
      commandTimeout: commandTimeoutMs,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
    },
  );
}

/**
 * Opens a connection for `subscribe` and `psubscribe`. It reconnects like the other kind and takes its subscriptions up
 * again; messages that were published in between are lost, as always with Redis' channels. Its waits have no end, and
 * names of channels get no prefix.
 * @throws CodedError REDIS_UNREACHABLE with the host and the cause
 */
export async function openSubscriber({ url, log }: Pick<RedisOptions, 'url' | 'log'>): Promise<Redis> {
  return connect({ url, log, tracer: null }, { autoResubscribe: true, maxRetriesPerRequest: null });
}

async function connect(
  { url, log, tracer }: Pick<RedisOptions, 'url' | 'log'> & { readonly tracer: Tracer | null },
  options: ConnectionOptions,
): Promise<Redis> {
  if (!URL.canParse(url)) throw unreachable('an unreadable URL', new TypeError('REDIS_URL is not a URL'));
  const { host } = new URL(url);
  let hasConnected = false;
  const Connection = tracer ? tracedRedis(tracer) : PackingRedis;
  const redis = new Connection(url, {
    lazyConnect: true,
    noDelay: true,
    connectTimeout: CONNECT_TIMEOUT_MS,
    retryStrategy: (attempt) => (hasConnected ? Math.min(attempt * 50, LONGEST_RETRY_DELAY_MS) : null),
    ...options,
  });
  let latest: unknown;
  redis.on('error', (error: Error) => {
    latest = error;
    log.debug({ err: error, host }, 'Redis fault');
  });
  try {
    await connectPatiently(redis, (fault) => latest ?? fault);
    hasConnected = true;
  } catch (error) {
    throw unreachable(host, latest ?? error);
  }
  let isLost = false;
  redis.on('reconnecting', () => {
    if (!isLost) log.warn({ host, err: latest }, 'lost Redis');
    isLost = true;
  });
  redis.on('ready', () => {
    isLost = false;
    log.info({ host }, 'Redis is back');
  });
  return redis;
}

/** Who refuses is away; who is only slow, on a machine where everything starts at once, gets another chance. */
async function connectPatiently(redis: Redis, causeOf: (fault: unknown) => unknown): Promise<void> {
  for (let left = CONNECT_ATTEMPTS; ; left -= 1) {
    try {
      return await redis.connect();
    } catch (fault) {
      if (left === 1 || !/timed out|ETIMEDOUT/i.test(String(causeOf(fault)))) throw fault;
      const ended = redis.status === 'end' ? null : once(redis, 'end');
      redis.disconnect();
      await ended;
    }
  }
}

function unreachable(host: string, cause: unknown): CodedError {
  return new CodedError('REDIS_UNREACHABLE', `cannot use Redis at ${host}`, { cause });
}
