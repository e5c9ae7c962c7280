import type { Log } from '@storefront/platform/log/log.ts';
import type { Metrics } from '@storefront/platform/telemetry/metrics.ts';
import type { Tracer } from '@storefront/platform/telemetry/tracer.ts';
import type { FastifyInstance } from 'fastify';
import type { EndedOperation } from '../admin/measure-operations.ts';
import type { GatewayConfig } from '../config.ts';
import type { Engine } from '../engine/engine.ts';
import { readClientAddress } from '../guards/client-address.ts';
import type { Guards } from '../guards/create-guards.ts';
import { createSeats } from '../guards/seats.ts';
import { measureLive } from '../live/measure-live.ts';
import type { LiveStore } from '../live/live-store.ts';
import { createSharedExecutions } from '../live/shared-executions.ts';
import { createPushTracing } from '../live/trace-pushes.ts';
import type { Wakes } from '../live/wakes.ts';
import { serveEventStream } from './event-stream/serve-event-stream.ts';
import { isAllowedOrigin } from './http/cross-origin.ts';
import { describeSocketOperation } from './http/operation-line.ts';
import { serveMultipartSubscriptions } from './multipart/serve-subscriptions.ts';
import { createEncoder } from './streams/encode-once.ts';
import { createOpenStreams } from './streams/open-streams.ts';
import { serveWebsocket } from './websocket/serve-websocket.ts';

/** What live events are served with. */
export interface LiveDeps extends Guards {
  readonly engine: Engine;
  readonly store: LiveStore;
  readonly wakes: Wakes;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly tracer: Tracer | null;
  /** Told of each operation of a websocket when it has ended. */
  readonly onOperation?: (operation: EndedOperation) => void;
}

/**
 * Serves subscriptions over every transport: websockets, server-sent events, multipart. All of them share the executions and
 * the places that a user may take. Call it before `/graphql` has its route. `close` ends what is open, spread over time.
 */
export function serveLive(server: FastifyInstance, given: LiveDeps, config: GatewayConfig): { close(): Promise<void> } {
  const { TRUSTED_PROXY_HOPS: hops, CORS_ORIGINS: origins, SHUTDOWN_SPREAD_MS: closeWithinMs } = config;
  const maxOperations = config.LIMIT_SUBSCRIPTIONS_PER_SOCKET;
  const deps = {
    ...given,
    executions: createSharedExecutions(given.engine),
    seats: createSeats({
      socketsPerUser: config.LIMIT_SOCKETS_PER_USER,
      streamsPerUser: config.LIMIT_STREAMS_PER_USER,
      perAddress: config.LIMIT_CONNECTIONS_PER_ADDRESS,
    }),
    pushes: given.tracer && createPushTracing(given.tracer),
    encode: createEncoder(),
    openStreams: createOpenStreams({ closeWithinMs }),
  };
  measureLive(given.metrics, deps);
  serveEventStream(server, deps, { maxOperations });
  serveMultipartSubscriptions(server, deps);
  const websocket = serveWebsocket(
    server.server,
    {
      ...deps,
      isOriginAllowed: (origin) => isAllowedOrigin(origin, origins),
      clientAddress: ({ headers, socket }) => readClientAddress(headers, socket.remoteAddress, hops),
      onOperation: (operation) => {
        const ended = describeSocketOperation(operation);
        given.log.info(ended, 'operation');
        given.onOperation?.(ended);
      },
      maxOperations,
    },
    { closeWithinMs, maxMessageBytes: config.LIMIT_BODY_BYTES },
  );
  return {
    async close() {
      await Promise.all([websocket.close(), deps.openStreams.close()]);
    },
  };
}
