/**
 * A private RabbitMQ: own node, own ports on 127.0.0.1, own user, data in `<state>/rabbitmq`.
 * Erlang's port mapper (epmd) is started first, in the foreground and as a process of ours: RabbitMQ would otherwise
 * start a daemon that outlives it. Order of the end: RabbitMQ, then its port mapper.
 */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { bareEnvironment } from '../config.ts';
import { StackFault } from '../fault.ts';
import { startProcess } from '../processes/start-process.ts';
import type { RunningProcess } from '../processes/start-process.ts';
import { waitUntilReady } from '../processes/wait-until-ready.ts';
import { converse } from './converse.ts';
import { findOnPath } from './programs.ts';
import { prepareHome } from './rabbitmq-home.ts';
import type { Server, ServerOptions } from './server.ts';
import { endServer, logFileOf, useNamedServer } from './server.ts';

/** RabbitMQ with the address of its management API; null when a named server's is not known. */
export type RabbitmqServer = Server & { readonly managementUrl: string | null };

const user = 'storefront';

/** The RabbitMQ that RABBITMQ_URL names, or a private one run by `program`. */
export async function findOrStartRabbitmq(
  named: { url: string | undefined; managementUrl: string | undefined },
  program: () => Promise<string>,
  options: ServerOptions,
): Promise<RabbitmqServer> {
  const { url } = named;
  if (url === undefined) return startRabbitmq(await program(), options);
  return {
    ...(await useNamedServer('RABBITMQ_URL', url, () => shakeHands(url))),
    managementUrl: named.managementUrl ?? null,
  };
}

/** Starts a private RabbitMQ with the management plugin. @throws StackFault with the log's end when it does not get ready */
export async function startRabbitmq(program: string, options: ServerOptions): Promise<RabbitmqServer> {
  const folder = join(options.state, 'rabbitmq');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const port = await options.ports.choose('RabbitMQ', 5672);
  const managementPort = await options.ports.choose('RabbitMQ management', 15_672);
  const epmdPort = await options.ports.choose('RabbitMQ (port mapper)', 4369);
  const distributionPort = await options.ports.choose('RabbitMQ (distribution)', 25_672);
  const epmd = await startPortMapper(epmdPort, folder, options);
  writeConfiguration(folder, { port, managementPort }, options);
  const process = await startProcess(
    {
      name: 'rabbitmq',
      kind: 'server',
      port,
      program: prepareHome(program, folder),
      parameters: [],
      folder,
      logFile: logFileOf(options.state, 'rabbitmq'),
      environment: environmentOf(folder, { epmdPort, distributionPort }),
    },
    options.started,
  );
  const credentials = `${user}:${options.secrets.rabbitmqPassword}`;
  const managementUrl = `http://${credentials}@127.0.0.1:${managementPort}`;
  const url = `amqp://${credentials}@127.0.0.1:${port}`;
  const probe = async () => {
    await shakeHands(url);
    await askManagement(managementUrl);
  };
  await waitUntilReady({
    process,
    probe,
    timeoutMs: 90_000,
    progress: options.progress,
    ...(options.signal ? { signal: options.signal } : {}),
  });
  return {
    url,
    managementUrl,
    isPrivate: true,
    processes: [epmd, process],
    close: () => endServer(process.record).then(() => endServer(epmd.record)),
  };
}

function startPortMapper(port: number, folder: string, options: ServerOptions): Promise<RunningProcess> {
  const program =
    findOnPath('epmd') ??
    findOnPath('epmd', { alsoIn: ['/usr/lib/erlang/bin', '/opt/homebrew/bin', '/usr/local/bin'] });
  if (program === null) throw new StackFault('RabbitMQ needs epmd, which comes with Erlang, and it is not on PATH');
  return startProcess(
    {
      name: 'epmd',
      kind: 'server',
      port,
      program,
      parameters: ['-port', String(port), '-address', '127.0.0.1'],
      folder,
      logFile: logFileOf(options.state, 'epmd'),
      environment: bareEnvironment(),
    },
    options.started,
  );
}

function writeConfiguration(
  folder: string,
  { port, managementPort }: { port: number; managementPort: number },
  { secrets }: ServerOptions,
): void {
  const lines = [
    `listeners.tcp.1 = 127.0.0.1:${port}`,
    'management.tcp.ip = 127.0.0.1',
    `management.tcp.port = ${managementPort}`,
    `default_user = ${user}`,
    `default_pass = ${secrets.rabbitmqPassword}`,
    'default_user_tags.administrator = true',
    'log.console = true',
    'log.console.level = warning',
    'log.file = false',
    'disk_free_limit.absolute = 50MB',
    '',
  ];
  writeFileSync(join(folder, 'rabbitmq.conf'), lines.join('\n'), { mode: 0o600 });
  writeFileSync(join(folder, 'enabled_plugins'), '[rabbitmq_management].\n');
  const cookie = join(folder, '.erlang.cookie');
  if (existsSync(cookie)) rmSync(cookie);
  writeFileSync(cookie, secrets.erlangCookie, { mode: 0o400 });
}

function environmentOf(
  folder: string,
  { epmdPort, distributionPort }: { epmdPort: number; distributionPort: number },
): NodeJS.ProcessEnv {
  return bareEnvironment({
    HOME: folder,
    RUNNING_UNDER_SYSTEMD: 'true', // the start script then becomes the server, so that its pid and signals are right
    RABBITMQ_CONF_ENV_FILE: '/dev/null',
    RABBITMQ_NODENAME: 'storefront@localhost',
    RABBITMQ_DIST_PORT: String(distributionPort),
    ERL_EPMD_PORT: String(epmdPort),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    ERL_CRASH_DUMP: join(folder, 'erl_crash.dump'),
    RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_PID_FILE: join(folder, 'pid'),
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
    RABBITMQ_FEATURE_FLAGS_FILE: join(folder, 'feature_flags'),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '+S 2:2 -kernel inet_dist_use_interface {127,0,0,1}',
  });
}

/** Opens AMQP 0-9-1 up to the server's Connection.Start. Source: rabbitmq.com/resources/specs/amqp0-9-1.pdf, 2.2.4 */
async function shakeHands(url: string): Promise<void> {
  const { hostname, port, protocol } = new URL(url);
  if (protocol !== 'amqp:') return;
  const header = new Uint8Array([0x41, 0x4d, 0x51, 0x50, 0, 0, 9, 1]);
  const answer = await converse(connect(Number(port || 5672), hostname), header, (text) => text.length >= 8);
  if (answer.charCodeAt(0) !== 1) throw new StackFault('what listens there does not speak AMQP 0-9-1');
}

async function askManagement(managementUrl: string): Promise<void> {
  const { username, password, origin } = new URL(managementUrl);
  const response = await fetch(`${origin}/api/whoami`, {
    headers: { connection: 'close', authorization: `Basic ${btoa(`${username}:${password}`)}` },
    signal: AbortSignal.timeout(3_000),
  });
  await response.body?.cancel();
  if (!response.ok) throw new StackFault(`the management API answers ${response.status}`);
}
