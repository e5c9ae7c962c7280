import { chownSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pingPostgres } from '@storefront/platform/postgres/ping.ts';
import { bareEnvironment } from '../config.ts';
import { StackFault } from '../fault.ts';
import { startProcess } from '../processes/start-process.ts';
import { waitUntilReady } from '../processes/wait-until-ready.ts';
import { findPostgresBinaries } from './postgres-binaries.ts';
import { runAs, unprivilegedRunner } from './run-as.ts';
import type { Server, ServerOptions } from './server.ts';
import { endServer, logFileOf, useNamedServer } from './server.ts';

const throwaway = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'autovacuum_naptime=1h'];

/** The Postgres that DATABASE_URL names, or a private one. The URL is that of a superuser in its `postgres` database when private. */
export function findOrStartPostgres(named: string | undefined, options: ServerOptions): Promise<Server> {
  return named === undefined
    ? startPostgres(options)
    : useNamedServer('DATABASE_URL', named, () => pingPostgres(named));
}

/**
 * A private Postgres from the npm-shipped binaries, on 127.0.0.1 only, with a password, its data in `<state>/postgres`.
 * @throws StackFault with the log's end when it cannot start
 */
export async function startPostgres(options: ServerOptions): Promise<Server> {
  const { state, secrets } = options;
  const folder = join(state, 'postgres');
  const binaries = findPostgresBinaries();
  const runner = unprivilegedRunner([binaries, state]);
  if (!existsSync(join(folder, 'PG_VERSION'))) await initialise(folder, join(binaries, 'initdb'), runner, options);
  const port = await options.ports.choose('Postgres', 5432);
  const settings = [
    'unix_socket_directories=',
    'max_connections=300',
    'log_min_messages=warning',
    'shared_preload_libraries=pg_stat_statements',
    ...(options.isThrowaway ? throwaway : []),
  ];
  const process = await startProcess(
    {
      name: 'postgres',
      kind: 'server',
      port,
      folder: '/',
      logFile: logFileOf(state, 'postgres'),
      ...runAs(runner, join(binaries, 'postgres'), [
        '-D',
        folder,
        '-h',
        '127.0.0.1',
        '-p',
        String(port),
        ...settings.flatMap((setting) => ['-c', setting]),
      ]),
      environment: bareEnvironment(),
    },
    options.started,
  );
  const url = `postgres://postgres:${secrets.postgresPassword}@127.0.0.1:${port}/postgres`;
  await waitUntilReady({
    process,
    probe: () => pingPostgres(url),
    timeoutMs: 30_000,
    progress: options.progress,
    ...(options.signal ? { signal: options.signal } : {}),
  });
  return { url, isPrivate: true, processes: [process], close: () => endServer(process.record) };
}

async function initialise(
  folder: string,
  initdb: string,
  runner: ReturnType<typeof unprivilegedRunner>,
  options: ServerOptions,
): Promise<void> {
  options.progress('postgres: making a database cluster');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const passwordFile = join(options.state, 'postgres-password');
  writeFileSync(passwordFile, options.secrets.postgresPassword, { mode: 0o600 });
  if (runner.user !== undefined) for (const path of [folder, passwordFile]) chownSync(path, runner.user, runner.user);
  const logFile = logFileOf(options.state, 'postgres-initdb');
  const parameters = [
    '-D',
    folder,
    '-U',
    'postgres',
    '--auth=scram-sha-256',
    `--pwfile=${passwordFile}`,
    '-E',
    'UTF8',
    '--locale=C',
    '--no-sync',
    '--no-instructions',
  ];
  const process = await startProcess(
    {
      name: 'postgres-initdb',
      kind: 'server',
      folder: '/',
      logFile,
      environment: bareEnvironment(),
      ...runAs(runner, initdb, parameters),
    },
    options.started,
  );
  const { code } = await process.exited;
  rmSync(passwordFile, { force: true });
  if (code === 0) return;
  rmSync(folder, { recursive: true, force: true });
  throw new StackFault(`Postgres could not make its database cluster in ${folder}; see ${logFile}`);
}
