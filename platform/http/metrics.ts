import type { FastifyInstance } from 'fastify';
import { type Metrics, metricsContentType } from '../telemetry/metrics.ts';

/** Serves `GET /metrics` as Prometheus reads it. Meant for servers that only the house can reach. */
export function serveMetrics(server: FastifyInstance, metrics: Metrics): void {
  server.get('/metrics', async (_request, reply) => {
    const text = await metrics.text();
    return reply.type(metricsContentType).header('cache-control', 'no-store').send(text);
  });
}
