import type { Progress } from '@storefront/stack/src/fault.ts';
import { createPorts } from '@storefront/stack/src/ports.ts';
import { waitUntilGone } from '@storefront/stack/src/processes/end-process.ts';
import { secretsOf } from '@storefront/stack/src/secrets.ts';
import { findOrStartRabbitmq } from '@storefront/stack/src/servers/rabbitmq.ts';
import { findOrStartRedis } from '@storefront/stack/src/servers/redis.ts';
import type { Ports, Server, ServerOptions } from '@storefront/stack/src/servers/server.ts';
import { ensurePrograms, rabbitmqProgram, redisProgram } from '@storefront/stack/src/servers/system-packages.ts';
import { openStateFolder } from '@storefront/stack/src/state-folder.ts';

/** A server that can be killed and started again at the same address, with the data that it had on disk. */
export interface FragileServer {
  readonly url: string;
  /** SIGKILL. Resolves when it is gone. */
  kill(): Promise<void>;
  /** Resolves when it answers again. */
  restart(): Promise<void>;
}

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
      fragile(() => findOrStartRabbitmq(unnamed, async () => rabbitmqPath, options)),
      fragile(() => findOrStartRedis(undefined, async () => redisPath, options)),
    ]);
    return { rabbitmq, redis, close: () => folder.release() };
  } catch (error) {
    await folder.release();
    throw error;
  }
}

/** A server that starts again asks for its ports by the same names. */
function rememberPorts(ports: Ports): Ports {
  const chosen = new Map<string, Promise<number>>();
  return {
    choose(name, documented) {
      const port = chosen.get(name) ?? ports.choose(name, documented);
      chosen.set(name, port);
      return port;
    },
  };
}

async function fragile(start: () => Promise<Server>): Promise<FragileServer> {
  let server = await start();
  return {
    url: server.url,
    async kill() {
      const records = server.processes.map(({ record }) => record);
      for (const { pid } of records) process.kill(-pid, 'SIGKILL');
      await Promise.all(records.map((record) => waitUntilGone(record, 10_000)));
    },
    async restart() {
      server = await start();
    },
  };
}
