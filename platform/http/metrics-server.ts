import type { Log } from '../log/log.ts';
import type { Scope } from '../process/scope.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { serveMetrics } from './metrics.ts';
import { type Address, createHttpServer, listen } from './server.ts';

/**
 * Serves `GET /metrics`, and nothing else, at an address of its own: for a service whose usual port is open to the public.
 * The scope closes it. @throws CodedError PORT_TAKEN, ADDRESS_UNAVAILABLE
 */
export async function openMetricsServer(
  { log, defer }: Pick<Scope, 'defer'> & { readonly log: Log },
  metrics: Metrics,
  address: Address,
): Promise<{ url: string }> {
  const server = createHttpServer({ log });
  serveMetrics(server, metrics);
  const { url } = await listen(server, address);
  defer('metrics', () => server.close());
  log.info({ url: `${url}/metrics` }, 'metrics');
  return { url };
}
