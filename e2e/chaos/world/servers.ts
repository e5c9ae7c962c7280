import type { NamedServers } from '@storefront/stack/src/config.ts';
import type { Progress } from '@storefront/stack/src/fault.ts';
import { createPorts } from '@storefront/stack/src/ports.ts';
import { secretsOf } from '@storefront/stack/src/secrets.ts';
import { findOrStartConsul } from '@storefront/stack/src/servers/consul.ts';
import { startPostgres } from '@storefront/stack/src/servers/postgres.ts';
import { findOrStartRabbitmq } from '@storefront/stack/src/servers/rabbitmq.ts';
import { findOrStartRedis } from '@storefront/stack/src/servers/redis.ts';
import type { ServerOptions } from '@storefront/stack/src/servers/server.ts';
import { ensurePrograms, rabbitmqProgram, redisProgram } from '@storefront/stack/src/servers/system-packages.ts';
import { openStateFolder } from '@storefront/stack/src/state-folder.ts';
import { type FragileServer, rememberPorts, startFragile } from '../../testing/fragile-server.ts';

/** The servers of a chaos run, with data that is as durable as in production. */
export interface FragileServers {
  readonly postgres: FragileServer;
  readonly rabbitmq: FragileServer;
  readonly named: Required<NamedServers>;
  close(): Promise<void>;
}

/** Starts servers of its own on free ports, everything in `state`. */
export async function startFragileServers(state: string, progress: Progress): Promise<FragileServers> {
  const folder = await openStateFolder(state, progress);
  try {
    const secrets = await secretsOf(state);
    const options: ServerOptions = {
      state,
      ports: rememberPorts(createPorts('free', progress)),
      secrets: secrets.servers,
      progress,
      started: folder.started,
      isThrowaway: false,
    };
    const [redisPath = '', rabbitmqPath = ''] = await ensurePrograms([redisProgram, rabbitmqProgram], progress);
    let managementUrl = '';
    const startRabbitmq = async () => {
      const server = await findOrStartRabbitmq(
        { url: undefined, managementUrl: undefined },
        async () => rabbitmqPath,
        options,
      );
      managementUrl = server.managementUrl ?? '';
      return server;
    };
    const [postgres, rabbitmq, redis, consul] = await Promise.all([
      startFragile(() => startPostgres(options)),
      startFragile(startRabbitmq),
      findOrStartRedis(undefined, async () => redisPath, options),
      findOrStartConsul(undefined, options),
    ]);
    const named = {
      postgres: postgres.url,
      rabbitmq: rabbitmq.url,
      rabbitmqManagement: managementUrl,
      redis: redis.url,
      consul: consul.url,
    };
    return { postgres, rabbitmq, named, close: () => folder.release() };
  } catch (error) {
    await folder.release();
    throw error;
  }
}
