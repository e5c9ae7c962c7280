import { allOrNone } from '../all-or-none.ts';
import type { NamedServers } from '../config.ts';
import type { Progress } from '../fault.ts';
import { findOrStartConsul } from './consul.ts';
import { findOrStartPostgres } from './postgres.ts';
import type { RabbitmqServer } from './rabbitmq.ts';
import { findOrStartRabbitmq } from './rabbitmq.ts';
import { findOrStartRedis } from './redis.ts';
import type { Server, ServerOptions } from './server.ts';
import type { SystemProgram } from './system-packages.ts';
import { ensurePrograms, rabbitmqProgram, redisProgram } from './system-packages.ts';

/** The four servers. */
export type Servers = { readonly postgres: Server; readonly redis: Server; readonly rabbitmq: RabbitmqServer; readonly consul: Server };

/**
 * Finds or starts the four servers, all at once; what one of them lacks from the system is installed in one go while the
 * others start. When one fails, the ones that started are left to the state folder's record to end.
 * @throws the first failure, a StackFault when it could be expected
 */
export async function startServers(named: NamedServers, options: ServerOptions): Promise<Servers> {
  const startedAt = performance.now();
  const wanted = [...(named.redis === undefined ? [redisProgram] : []), ...(named.rabbitmq === undefined ? [rabbitmqProgram] : [])];
  const installed = ensurePrograms(wanted, options.progress);
  installed.catch(() => undefined); // whoever needs a program gets the rejection
  const programOf = (program: SystemProgram) => async () => (await installed)[wanted.indexOf(program)] ?? program.program;
  const isReady = async <Started extends Server>(name: string, starting: Promise<Started>) => {
    const server = await starting;
    say(options.progress, name, server, startedAt);
    return server;
  };
  const [postgres, redis, rabbitmq, consul] = await allOrNone(options.signal, [
    (signal) => isReady('Postgres', findOrStartPostgres(named.postgres, { ...options, signal })),
    (signal) => isReady('Redis', findOrStartRedis(named.redis, programOf(redisProgram), { ...options, signal })),
    (signal) => isReady('RabbitMQ', findOrStartRabbitmq({ url: named.rabbitmq, managementUrl: named.rabbitmqManagement }, programOf(rabbitmqProgram), { ...options, signal })),
    (signal) => isReady('Consul', findOrStartConsul(named.consul, { ...options, signal })),
  ]);
  return { postgres, redis, rabbitmq, consul };
}

function say(progress: Progress, name: string, server: Server, startedAt: number): void {
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  progress(server.isPrivate ? `${name}: ready (${seconds} s)` : `${name}: the server that the environment names (${new URL(server.url).host})`);
}
