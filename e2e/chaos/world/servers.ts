import { setTimeout as delay } from 'node:timers/promises';
import type { NamedServers } from '@storefront/stack/src/config.ts';
import type { Progress } from '@storefront/stack/src/fault.ts';
import { createPorts } from '@storefront/stack/src/ports.ts';
import { waitUntilGone } from '@storefront/stack/src/processes/end-process.ts';
import { secretsOf } from '@storefront/stack/src/secrets.ts';
import { findOrStartConsul } from '@storefront/stack/src/servers/consul.ts';
import { startPostgres } from '@storefront/stack/src/servers/postgres.ts';
import { findOrStartRabbitmq } from '@storefront/stack/src/servers/rabbitmq.ts';
import { findOrStartRedis } from '@storefront/stack/src/servers/redis.ts';
import type { Ports, Server, ServerOptions } from '@storefront/stack/src/servers/server.ts';
import { ensurePrograms, rabbitmqProgram, redisProgram } from '@storefront/stack/src/servers/system-packages.ts';
import { openStateFolder } from '@storefront/stack/src/state-folder.ts';

/** A server that can be killed, frozen and started again at the same address, with the data that it had. */
export interface FragileServer {
  readonly url: string;
  /** SIGKILL to the server and all its children. Resolves when they are gone. */
  kill(): Promise<void>;
  /** Starts it again. Resolves when it answers. */
  restart(): Promise<void>;
  /** Stops it where it stands (SIGSTOP) for so long. */
  freeze(ms: number): Promise<void>;
}

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
      fragile(() => startPostgres(options)),
      fragile(startRabbitmq),
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

/** A server that starts again asks for its ports by the same names. */
function rememberPorts(ports: Ports): Ports {
  const chosen = new Map<string, Promise<number>>();
  return {
    choose: (name, documented) => {
      const port = chosen.get(name) ?? ports.choose(name, documented);
      chosen.set(name, port);
      return port;
    },
  };
}

async function fragile(start: () => Promise<Server>): Promise<FragileServer> {
  let server = await start();
  const records = () => server.processes.map(({ record }) => record);
  return {
    url: server.url,
    kill: async () => {
      for (const { pid } of records()) process.kill(-pid, 'SIGKILL');
      await Promise.all(records().map((record) => waitUntilGone(record, 10_000)));
    },
    restart: async () => {
      server = await start();
    },
    freeze: async (ms) => {
      for (const { pid } of records()) process.kill(-pid, 'SIGSTOP');
      await delay(ms);
      for (const { pid } of records()) process.kill(-pid, 'SIGCONT');
    },
  };
}
