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
export type Servers = {
  readonly postgres: Server;
  readonly redis: Server;
  readonly rabbitmq: RabbitmqServer;
  readonly consul: Server;
};

/**
 * Finds the servers that the environment names, then starts the others, all at once; what one of them lacks from the
 * system is installed in one go while the others start. When one fails, the ones that started are left to the state
 * folder's record to end.
 * @throws the first failure, a StackFault when it could be expected
 */
export async function startServers(named: NamedServers, options: ServerOptions): Promise<Servers> {
  const startedAt = performance.now();
  const isReady = async <Started extends Server>(name: string, starting: Promise<Started>) => {
    const server = await starting;
    say(options.progress, name, server, startedAt);
    return server;
  };
  const programs = lazyPrograms(named, options.progress);
  const rabbitmqUrls = { url: named.rabbitmq, managementUrl: named.rabbitmqManagement };
  const starts = {
    postgres: (signal: AbortSignal) => isReady('Postgres', findOrStartPostgres(named.postgres, { ...options, signal })),
    redis: (signal: AbortSignal) =>
      isReady('Redis', findOrStartRedis(named.redis, programs(redisProgram), { ...options, signal })),
    rabbitmq: (signal: AbortSignal) =>
      isReady('RabbitMQ', findOrStartRabbitmq(rabbitmqUrls, programs(rabbitmqProgram), { ...options, signal })),
    consul: (signal: AbortSignal) => isReady('Consul', findOrStartConsul(named.consul, { ...options, signal })),
  };
  await checkNamed(named, options);
  const [postgres, redis, rabbitmq, consul] = await allOrNone(options.signal, [
    starts.postgres,
    starts.redis,
    starts.rabbitmq,
    starts.consul,
  ]);
  return { postgres, redis, rabbitmq, consul };
}

/** What is named must answer before anything private is started or installed. */
async function checkNamed(named: NamedServers, options: ServerOptions): Promise<void> {
  const unused = () => Promise.resolve('');
  await Promise.all([
    named.postgres === undefined ? null : findOrStartPostgres(named.postgres, options),
    named.redis === undefined ? null : findOrStartRedis(named.redis, unused, options),
    named.rabbitmq === undefined
      ? null
      : findOrStartRabbitmq({ url: named.rabbitmq, managementUrl: undefined }, unused, options),
    named.consul === undefined ? null : findOrStartConsul(named.consul, options),
  ]);
}

/** The programs that the private servers need, installed in one go when the first of them is asked for. */
function lazyPrograms(named: NamedServers, progress: Progress): (program: SystemProgram) => () => Promise<string> {
  const wanted = [
    ...(named.redis === undefined ? [redisProgram] : []),
    ...(named.rabbitmq === undefined ? [rabbitmqProgram] : []),
  ];
  let installing: Promise<string[]> | undefined;
  return (program) => async () => {
    installing ??= ensurePrograms(wanted, progress);
    return (await installing)[wanted.indexOf(program)] ?? program.program;
  };
}

function say(progress: Progress, name: string, server: Server, startedAt: number): void {
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  progress(
    server.isPrivate
      ? `${name}: ready (${seconds} s)`
      : `${name}: the server that the environment names (${new URL(server.url).host})`,
  );
}
