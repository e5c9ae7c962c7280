import { join } from 'node:path';
import { bareEnvironment } from '../config.ts';
import { startProcess } from '../processes/start-process.ts';
import type { Command } from '../processes/start-process.ts';
import { waitUntilReady } from '../processes/wait-until-ready.ts';
import { findOnPath } from './programs.ts';
import type { Server, ServerOptions } from './server.ts';
import { endServer, logFileOf, useNamedServer } from './server.ts';

const agentFile = join(import.meta.dirname, '..', 'consul-agent', 'main.ts');

type Options = Omit<ServerOptions, 'secrets' | 'isThrowaway'>;

/** The Consul that CONSUL_URL names, or a private agent: the real `consul agent -dev` when it is on PATH, ours otherwise. */
export function findOrStartConsul(named: string | undefined, options: Options): Promise<Server> {
  return named === undefined ? startConsul(options) : useNamedServer('CONSUL_URL', named, () => leader(named));
}

/** A private agent on 127.0.0.1, in memory. @throws StackFault with the log's end when it does not get ready */
export async function startConsul(options: Options): Promise<Server> {
  const port = await options.ports.choose('Consul', 8500);
  const program = findOnPath('consul');
  const how =
    program === null
      ? { program: process.execPath, parameters: [agentFile, '--port', String(port)] }
      : { program, parameters: await realParameters(port, options) };
  const command: Command = {
    name: 'consul',
    kind: 'server',
    port,
    folder: options.state,
    logFile: logFileOf(options.state, 'consul'),
    environment: bareEnvironment({ HOME: options.state, NODE_NO_WARNINGS: '1' }),
    ...how,
  };
  const running = await startProcess(command, options.started);
  const url = `http://127.0.0.1:${port}`;
  await waitUntilReady({
    process: running,
    probe: () => leader(url),
    timeoutMs: 30_000,
    progress: options.progress,
    ...(options.signal ? { signal: options.signal } : {}),
  });
  return { url, isPrivate: true, processes: [running], close: () => endServer(running.record) };
}

async function realParameters(port: number, { ports }: Options): Promise<string[]> {
  const [lan, wan, server] = [
    await ports.choose('Consul (LAN)', 8301),
    await ports.choose('Consul (WAN)', 8302),
    await ports.choose('Consul (server)', 8300),
  ];
  const off = ['-dns-port=-1', '-grpc-port=-1', '-hcl=ports { grpc_tls = -1 }'];
  return [
    'agent',
    '-dev',
    '-bind=127.0.0.1',
    '-client=127.0.0.1',
    `-http-port=${port}`,
    `-serf-lan-port=${lan}`,
    `-serf-wan-port=${wan}`,
    `-server-port=${server}`,
    ...off,
  ];
}

async function leader(url: string): Promise<void> {
  const response = await fetch(new URL('/v1/status/leader', url), { signal: AbortSignal.timeout(3_000) });
  const text = await response.text();
  if (!response.ok || text.length < 3)
    throw new Error(`Consul has no leader yet (${response.status} ${text.slice(0, 100)})`);
}
