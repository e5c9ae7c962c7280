import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '@storefront/platform/log/log.ts';
import { handleProtocols, makeServer } from 'graphql-ws';
import { WebSocketServer } from 'ws';
import { OpenSocket } from './open-socket.ts';
import { answerPing, closeCodes, createProtocol, type ProtocolDeps } from './protocol.ts';

export interface WebsocketDeps extends ProtocolDeps {
  /** Whether a page of this origin may connect; asked when the request names one. */
  readonly isOriginAllowed: (origin: string) => boolean;
  readonly clientAddress: (request: IncomingMessage) => string;
  readonly log: Pick<Log, 'error' | 'debug'>;
}

export interface WebsocketOptions {
  readonly path: string;
  /** The largest message of a client, in bytes. */
  readonly maxMessageBytes: number;
  /** How much may wait for a slow reader, in bytes. */
  readonly maxUnsentBytes: number;
  /** How often a client must show that it is alive: one that reads nothing is dropped within twice that. */
  readonly keepAliveMs: number;
  /** How long a client may take to say connection_init. */
  readonly initTimeoutMs: number;
  /** Over how long the sockets are closed at the end, so that not all clients come back elsewhere at once. */
  readonly closeWithinMs: number;
}

/** Used unless the options say otherwise. */
export const websocketDefaults: WebsocketOptions = {
  path: '/graphql',
  maxMessageBytes: 100_000,
  maxUnsentBytes: 1024 * 1024,
  keepAliveMs: 4_500,
  initTimeoutMs: 3_000,
  closeWithinMs: 2_000,
};

/** The sockets are asked for a sign of life in so many groups, one after the other. */
const groups = 16;

/**
 * Speaks `graphql-transport-ws` on a server's upgrade requests: queries, mutations and subscriptions over one socket.
 * Who connects says so with `authorization` in the payload of `connection_init`, or as a header of the upgrade.
 * A page of a foreign origin is refused with 403 before there is a socket. `close` ends the sockets one by one, each at a
 * random moment within `closeWithinMs`, with 1001.
 * Source: github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
 */
export function serveWebsocket(
  server: Server,
  deps: WebsocketDeps,
  options: Partial<WebsocketOptions> = {},
): { close(): Promise<void> } {
  const settings = { ...websocketDefaults, ...options };
  const { maxMessageBytes, maxUnsentBytes, initTimeoutMs, closeWithinMs } = settings;
  const upgrades = new WebSocketServer({ noServer: true, maxPayload: maxMessageBytes, handleProtocols });
  const protocol = makeServer({ ...createProtocol(deps), connectionInitWaitTimeout: initTimeoutMs });
  const open = openGroups(settings.keepAliveMs);
  const socketDeps = {
    protocol,
    log: deps.log,
    maxUnsentBytes,
    answerPing: answerPing.bind(null, deps),
  };
  let isClosing = false;
  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const refusal = isClosing ? '503 Service Unavailable' : refuse(request, deps, settings);
    if (refusal) return socket.end(`HTTP/1.1 ${refusal}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
    const from = { clientAddress: deps.clientAddress(request), authorization: request.headers.authorization };
    upgrades.handleUpgrade(request, socket, head, (client) => open.add(new OpenSocket(socketDeps, client, from)));
  };
  server.on('upgrade', upgrade);
  return {
    async close() {
      isClosing = true;
      await Promise.all(
        open.all().map(async (socket) => {
          await Promise.race([delay(Math.random() * closeWithinMs), socket.closed]);
          socket.close(closeCodes.goingAway, 'Going away: connect again and go on with `after`.');
          await socket.closed;
        }),
      );
      open.end();
      upgrades.close();
    },
  };
}

function refuse(request: IncomingMessage, deps: WebsocketDeps, { path }: WebsocketOptions): string | null {
  if (new URL(request.url ?? '/', 'http://localhost').pathname !== path) return '404 Not Found';
  const { origin } = request.headers;
  return origin === undefined || deps.isOriginAllowed(origin) ? null : '403 Forbidden';
}

/** The open sockets, in groups that are asked for a sign of life in turn, so that thousands are not asked at once. */
function openGroups(keepAliveMs: number) {
  const sockets = Array.from({ length: groups }, () => new Set<OpenSocket>());
  let added = 0;
  let turn = 0;
  const timer = setInterval(() => {
    for (const socket of sockets[(turn += 1) % groups] ?? []) socket.prove();
  }, keepAliveMs / groups).unref();
  return {
    add(socket: OpenSocket) {
      const group = sockets[(added += 1) % groups];
      group?.add(socket);
      void socket.closed.then(() => group?.delete(socket));
    },
    all: () => sockets.flatMap((group) => [...group]),
    end: () => clearInterval(timer),
  };
}
