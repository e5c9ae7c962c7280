import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { startLibrary } from '../../engine/defer/testing/library.ts';
import { serveWebsocket } from '../websocket/serve-websocket.ts';
import { openLiveGateway } from './live-gateway.ts';

/** The library behind a gateway's websocket, and a client of it; `close` ends them. */
export async function openLibraryClient(options: Parameters<typeof startLibrary>[0] = {}) {
  const library = await startLibrary(options);
  const gateway = await openLiveGateway({ executing: library.engine });
  const websocket = serveWebsocket(gateway.server.server, gateway.deps, { closeWithinMs: 0 });
  const { url } = await gateway.start();
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
  });
  return {
    library,
    client,
    operations: gateway.operations,
    async close() {
      await client.dispose();
      await websocket.close();
      await gateway.close();
      await library.close();
    },
  };
}
