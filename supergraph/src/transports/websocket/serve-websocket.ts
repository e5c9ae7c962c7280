import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { createProtocol, type ProtocolDeps, type SocketExtra } from './protocol.ts';

export interface WebsocketDeps extends ProtocolDeps {
  /** Whether a page of this origin may connect; asked when the request names one. */
  readonly isOriginAllowed: (origin: string) => boolean;
}

export interface WebsocketOptions {
  readonly path: string;
  /** The largest message of a client, in bytes. */
  readonly maxMessageBytes: number;
  /** How often a client must show that it is alive; one that stays silent for as long is dropped. */
  readonly keepAliveMs: number;
}

/** Used unless the options say otherwise. */
export const websocketDefaults: WebsocketOptions = { path: '/graphql', maxMessageBytes: 100_000, keepAliveMs: 12_000 };

/**
 * Speaks `graphql-transport-ws` on a server's upgrade requests: queries, mutations and subscriptions over one socket.
 * Who connects says so with `authorization` in the payload of `connection_init`, or as a header of the upgrade.
 * A page of a foreign origin is refused with 403 before there is a socket. `close` ends every socket with 1001.
 * Source: github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
 */
export function serveWebsocket(
  server: Server,
  deps: WebsocketDeps,
  options: WebsocketOptions = websocketDefaults,
): { close(): Promise<void> } {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: options.maxMessageBytes });
  const protocol = useServer<Record<string, unknown>, Partial<SocketExtra>>(
    { ...createProtocol(deps), isProd: true },
    sockets,
    options.keepAliveMs,
  );
  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const refusal = refuse(request, deps, options);
    if (refusal) return socket.end(`HTTP/1.1 ${refusal}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
    sockets.handleUpgrade(request, socket, head, (client) => sockets.emit('connection', client, request));
  };
  server.on('upgrade', upgrade);
  return {
    async close() {
      server.off('upgrade', upgrade);
      await protocol.dispose();
    },
  };
}

function refuse(request: IncomingMessage, deps: WebsocketDeps, options: WebsocketOptions): string | null {
  const path = new URL(request.url ?? '/', 'http://localhost').pathname;
  if (path !== options.path) return '404 Not Found';
  const { origin } = request.headers;
  return origin === undefined || deps.isOriginAllowed(origin) ? null : '403 Forbidden';
}
