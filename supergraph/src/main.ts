import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { readConfig } from '@storefront/platform/config/config.ts';
import { workerFields } from '@storefront/platform/config/workers.ts';
import { readCommandLine } from '@storefront/platform/process/command-line.ts';
import { runWorkers } from '@storefront/platform/process/workers.ts';

const readWorkers = () => readConfig(workerFields, process.env).WORKERS;

const compiled = join(import.meta.dirname, '../../node_modules/.cache/compiled');

/**
 * The process that supervises several needs nothing of what they are made of, so it is loaded where it runs; from the second start
 * on without its sources being stripped of types and compiled again, where the folder can be written.
 */
if (import.meta.main) {
  readCommandLine({
    usage: 'npm run gateway',
    does: 'Starts one gateway. The environment configures it: docs/operating.md tells the variables, a wrong one is refused by name.',
    options: {},
  });
  enableCompileCache(compiled);
  await runWorkers('gateway', readWorkers, async (scope) => {
    const [{ readGatewayConfig }, { startGateway }] = await Promise.all([
      import('./config.ts'),
      import('./start-gateway.ts'),
    ]);
    return startGateway(readGatewayConfig(process.env), scope);
  });
}
