import { openRedis, openSubscriber } from '@storefront/platform/redis/redis.ts';
import { testKeyPrefix, testRedisUrl } from '@storefront/platform/testing/servers.ts';
import { buildSchema } from 'graphql';
import type { LiveDefinition } from '../../composition/supergraph.ts';
import type { Engine, EventRequest } from '../../engine/engine.ts';
import type { Authenticate, Identity } from '../../guards/authenticate.ts';
import { readClientAddress } from '../../guards/client-address.ts';
import { createLifetimes } from '../../guards/lifetimes.ts';
import type { TrustMode } from '../../guards/trusted/operation-texts.ts';
import { createSeats, seatDefaults, type SeatLimits } from '../../guards/seats.ts';
import { createLiveStore, liveStoreDefaults } from '../../live/live-store.ts';
import { createSharedExecutions } from '../../live/shared-executions.ts';
import { anEvent } from '../../live/testing/events.ts';
import { createWakes, type Wakes } from '../../live/wakes.ts';
import { createLocalGateway } from '../http/testing/local-gateway.ts';
import { createEncoder } from '../streams/encode-once.ts';
import { createOpenStreams } from '../streams/open-streams.ts';
import type { SocketOperation } from '../websocket/socket-session.ts';

/** A graph with one live field, which tells the id of its event. */
export const liveSchema = buildSchema(`
  type Query { greeting: String }
  type Mutation { count: Int }
  type Subscription { placed(after: String): Placed, large(after: String, bytes: Int!): String }
  type Placed { id: ID!, seenBy: ID, seenAt: String }
`);

const placed: LiveDefinition = { events: ['order.created'], filter: null, seesAll: 'orders:read' };
/** What announces the fields of `liveSchema`. */
export const liveFields = new Map([
  ['placed', placed],
  ['large', placed],
]);
/** What answers for them. */
export const liveRoot = {
  greeting: 'Hello',
  count: 1,
  placed: (_: unknown, { event, caller, cursor }: EventRequest) => ({
    id: event.id,
    seenBy: caller.kind === 'user' ? caller.userId : null,
    seenAt: cursor,
  }),
  large: ({ bytes }: { bytes: number }) => 'x'.repeat(bytes),
};

/** How the test gateway differs from the real one. */
export interface LiveGatewayOptions {
  readonly seats?: Partial<SeatLimits>;
  /** What executes in place of the local engine. */
  readonly executing?: Engine;
  /** Default `info`. */
  readonly logLevel?: 'info' | 'trace';
  readonly trusted?: ReadonlyMap<string, string>;
  /** Default `prefer`. */
  readonly trustMode?: TrustMode;
}

/**
 * A gateway's live parts on real Redis streams, in front of a local engine. Its tokens are `Bearer NAME`, for a user of that
 * name; `Bearer NAME.MS` expires after so many milliseconds, `Bearer admin` sees everything, `Bearer forged` is refused.
 */
export async function openLiveGateway({
  seats,
  executing,
  logLevel = 'info',
  trusted = new Map(),
  trustMode = 'prefer',
}: LiveGatewayOptions = {}) {
  const gateway = createLocalGateway({
    burst: 1_000_000,
    logLevel,
    trusted,
    trustMode,
    ...(executing ? { executing } : {}),
  });
  const { engine, server, log } = gateway;
  engine.serve(liveSchema, liveRoot, liveFields);
  const redis = await openRedis({ url: testRedisUrl(), log });
  const subscriber = await openSubscriber({ url: testRedisUrl(), log });
  const store = createLiveStore(redis, { ...liveStoreDefaults, prefix: testKeyPrefix() });
  const plainWakes = createWakes({ publisher: redis, subscriber });
  let attached = 0;
  const wakes: Wakes = {
    ...plainWakes,
    async attach(stream, listener) {
      const detach = await plainWakes.attach(stream, listener);
      attached += 1;
      return detach;
    },
  };
  const revoked = new Set<string>();
  const listeners = new Set<() => void>();
  const revocations = {
    isRevoked: ({ sessionId }: Identity) => revoked.has(sessionId ?? ''),
    onRevoked(listener: () => void) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const operations: SocketOperation[] = [];
  const deps = {
    ...gateway.deps,
    authenticate: authenticateByName,
    watchLifetime: createLifetimes({ revocations, keys: null, now: Date.now }),
    seats: createSeats({ ...seatDefaults, ...seats }),
    executions: createSharedExecutions(engine),
    encode: createEncoder(),
    openStreams: createOpenStreams({ closeWithinMs: 0 }),
    store,
    wakes,
    isOriginAllowed: (origin: string) => origin === 'https://shop.example',
    clientAddress: ({ headers, socket }: Parameters<Parameters<typeof server.server.on>[1]>[0]) =>
      readClientAddress(headers, socket.remoteAddress, 0),
    onOperation: (operation: SocketOperation) => void operations.push(operation),
  };
  return {
    ...gateway,
    deps,
    operations,
    /** Puts an event into the streams and wakes its subscribers. */
    async announce(id: string, audience = ['ada']) {
      const event = anEvent(id, audience);
      await wakes.announce(event, await store.append(event));
    },
    /** Ends the session of every token that names this user. */
    revoke(name: string) {
      revoked.add(name);
      for (const listener of listeners) listener();
    },
    listenerCount: () => listeners.size,
    /** Whether a subscription is at work. */
    isListening: () => attached > 0,
    async close() {
      server.server.closeAllConnections();
      await server.close();
      await redis.quit();
      subscriber.disconnect();
    },
  };
}

const authenticateByName: Authenticate = async (authorization) => {
  if (authorization === undefined) return { caller: { kind: 'anonymous' } };
  const [, name, ms] = /^Bearer (\w+)(?:\.(\d+))?$/.exec(authorization) ?? [];
  if (!name || name === 'forged') {
    return {
      refused: { status: 401, code: 'UNAUTHENTICATED', message: 'The access token is not valid.', headers: {} },
    };
  }
  const scopes = new Set(name === 'admin' ? ['orders:read'] : []);
  const expiresAt = new Date(ms === undefined ? 8.64e15 : Date.now() + Number(ms));
  return { caller: { kind: 'user', userId: name, scopes }, expiresAt, sessionId: name };
};
