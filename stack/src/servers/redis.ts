import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { bareEnvironment } from '../config.ts';
import { StackFault } from '../fault.ts';
import { startProcess } from '../processes/start-process.ts';
import { waitUntilReady } from '../processes/wait-until-ready.ts';
import { converse } from './converse.ts';
import type { Server, ServerOptions } from './server.ts';
import { endServer, logFileOf, useNamedServer } from './server.ts';

/** The Redis that REDIS_URL names, or a private one run by `program`. */
export async function findOrStartRedis(
  named: string | undefined,
  program: () => Promise<string>,
  options: ServerOptions,
): Promise<Server> {
  if (named !== undefined) return useNamedServer('REDIS_URL', named, () => ping(named));
  return startRedis(await program(), options);
}

/** A private Redis on 127.0.0.1 with a password, its data in `<state>/redis`. @throws StackFault when it cannot start */
export async function startRedis(program: string, options: ServerOptions): Promise<Server> {
  const { state, secrets } = options;
  const folder = join(state, 'redis');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const port = await options.ports.choose('Redis', 6379);
  const configuration = join(folder, 'redis.conf');
  const durability = options.isThrowaway ? ['save ""', 'appendonly no'] : ['appendonly yes', 'appendfsync everysec'];
  writeFileSync(
    configuration,
    [
      `port ${port}`,
      'bind 127.0.0.1',
      `dir "${folder}"`,
      'daemonize no',
      `requirepass ${secrets.redisPassword}`,
      ...durability,
      '',
    ].join('\n'),
    { mode: 0o600 },
  );
  const process = await startProcess(
    {
      name: 'redis',
      kind: 'server',
      port,
      program,
      parameters: [configuration],
      folder,
      logFile: logFileOf(state, 'redis'),
      environment: bareEnvironment(),
    },
    options.started,
  );
  const url = `redis://:${secrets.redisPassword}@127.0.0.1:${port}`;
  await waitUntilReady({
    process,
    probe: () => ping(url),
    timeoutMs: 20_000,
    progress: options.progress,
    ...(options.signal ? { signal: options.signal } : {}),
  });
  return { url, isPrivate: true, processes: [process], close: () => endServer(process.record) };
}

/** Signs in and sends PING. Source: redis.io/docs/latest/develop/reference/protocol-spec, inline commands */
async function ping(url: string): Promise<void> {
  const { hostname, port, username, password } = new URL(url);
  const credentials = [username, password].filter((part) => part !== '').map(decodeURIComponent);
  const lines = [...(credentials.length > 0 ? [`AUTH ${credentials.join(' ')}`] : []), 'PING', ''].join('\r\n');
  const answer = await converse(connect(Number(port || 6379), hostname), lines, (text) => /\+PONG|^-/m.test(text));
  if (!answer.includes('+PONG')) throw new StackFault(answer.trim().slice(0, 200));
}
