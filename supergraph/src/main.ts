import { readConfig } from '@storefront/platform/config/config.ts';
import { workerFields } from '@storefront/platform/config/workers.ts';
import { runWorkers } from '@storefront/platform/process/workers.ts';

const readWorkers = () => readConfig(workerFields, process.env).WORKERS;

/** The process that supervises several needs nothing of what they are made of, so it is loaded where it runs. */
if (import.meta.main)
  await runWorkers('gateway', readWorkers, async (scope) => {
    const [{ readGatewayConfig }, { startGateway }] = await Promise.all([
      import('./config.ts'),
      import('./start-gateway.ts'),
    ]);
    return startGateway(readGatewayConfig(process.env), scope);
  });
