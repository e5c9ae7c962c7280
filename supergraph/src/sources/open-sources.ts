import type { Scope } from '@storefront/platform/process/run.ts';
import type { Metrics } from '@storefront/platform/telemetry/metrics.ts';
import type { GatewayConfig } from '../config.ts';
import type { Sources } from './sources.ts';

/** Opens what the configuration says; only that is loaded. @throws what `openFile` and `openServers` throw */
export async function openSources(config: GatewayConfig, scope: Scope, metrics: Metrics): Promise<Sources> {
  if (config.source === 'file') {
    const { openFile } = await import('./open-file.ts');
    return openFile(config, scope, metrics);
  }
  const { openServers } = await import('./open-servers.ts');
  return openServers(config, scope, metrics);
}
