import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';

/**
 * What a server does between its last registration and its end: it still takes requests, from those who have not heard of it yet, and tells each of them
 * to come back elsewhere (`Connection: close`). So nobody meets a connection that is closed under them. Call it before the server listens; call the
 * result when others have been told: it resolves after `waitMs`.
 * Source: sre.google/sre-book/load-balancing-datacenter, "lame duck state"
 */
export function createLameDuck(server: FastifyInstance, waitMs: number): () => Promise<void> {
  let isLame = false;
  server.addHook('onSend', (_request, reply, payload, done) => {
    if (isLame) reply.header('connection', 'close');
    done(null, payload);
  });
  return async () => {
    isLame = true;
    await delay(waitMs);
  };
}
