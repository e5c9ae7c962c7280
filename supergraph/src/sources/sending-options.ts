import type { GatewayConfig } from '../config.ts';
import type { SubgraphClientOptions } from '../subgraphs/client.ts';

/** How requests to subgraphs are sent, as the configuration says. */
export function sendingOptions({
  SUBGRAPH_TIMEOUT_MS: fetchTimeoutMs,
  HEDGE_AFTER_MS: hedgeAfterMs,
}: Pick<GatewayConfig, 'SUBGRAPH_TIMEOUT_MS' | 'HEDGE_AFTER_MS'>): SubgraphClientOptions {
  return hedgeAfterMs > 0 ? { fetchTimeoutMs, hedgeAfterMs } : { fetchTimeoutMs };
}
