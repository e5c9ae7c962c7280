import type { Progress } from '@storefront/stack/src/fault.ts';
import { createPorts } from '@storefront/stack/src/ports.ts';
import { secretsOf } from '@storefront/stack/src/secrets.ts';
import { findOrStartRabbitmq } from '@storefront/stack/src/servers/rabbitmq.ts';
import { findOrStartRedis } from '@storefront/stack/src/servers/redis.ts';
import type { ServerOptions } from '@storefront/stack/src/servers/server.ts';
import { ensurePrograms, rabbitmqProgram, redisProgram } from '@storefront/stack/src/servers/system-packages.ts';
import { openStateFolder } from '@storefront/stack/src/state-folder.ts';
import { type FragileServer, rememberPorts, startFragile } from '../testing/fragile-server.ts';

/** The servers on the way of live events. */
export interface FragileServers {
  readonly rabbitmq: FragileServer;
  readonly redis: FragileServer;
  close(): Promise<void>;
}

/** Starts a RabbitMQ and a Redis of its own on free ports, everything in `state`. */
export async function startFragileServers(state: string, progress: Progress): Promise<FragileServers> {
  const folder = await openStateFolder(state, progress);
  try {
    const { servers: secrets } = await secretsOf(state);
    const ports = rememberPorts(createPorts('free', progress));
    const options: ServerOptions = { state, ports, secrets, progress, started: folder.started, isThrowaway: false };
    const [redisPath = '', rabbitmqPath = ''] = await ensurePrograms([redisProgram, rabbitmqProgram], progress);
    const unnamed = { url: undefined, managementUrl: undefined };
    const [rabbitmq, redis] = await Promise.all([
      startFragile(() => findOrStartRabbitmq(unnamed, async () => rabbitmqPath, options)),
      startFragile(() => findOrStartRedis(undefined, async () => redisPath, options)),
    ]);
    return { rabbitmq, redis, close: () => folder.release() };
  } catch (error) {
    await folder.release();
    throw error;
  }
}
