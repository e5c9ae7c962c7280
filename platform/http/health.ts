import cluster from 'node:cluster';
import type { FastifyInstance } from 'fastify';
import { describeFault } from '../errors/coded-error.ts';

/** What the two routes tell. A check resolves when the thing it names is up. */
export interface HealthOptions {
  readonly service: string;
  readonly version?: string;
  readonly checks: Readonly<Record<string, () => Promise<unknown>>>;
  /** The checks that are told and do not decide: what is done without them for a while. */
  readonly advisory?: readonly string[];
  /** Further members of the readiness answer, safe to show. */
  readonly details?: () => Record<string, unknown>;
}

const checkTimeoutMs = 1000;

/**
 * Serves `GET /health`: 200 while the process lives, whatever its dependencies do, with its `pid`, for there may be several on
 * a port; and `GET /ready`: 200 when every check
 * passes within a second, else 503 with the state of each, and with the `supervisor` of one of several workers. After `beginShutdown` readiness is 503.
 */
export function serveHealth(server: FastifyInstance, options: HealthOptions): { beginShutdown(): void } {
  const { service, version, checks, advisory = [], details } = options;
  let isShuttingDown = false;

  server.get('/health', async () => ({
    status: 'ok',
    service,
    version,
    pid: process.pid,
    uptimeSeconds: Math.floor(process.uptime()),
  }));
  server.get('/ready', async (_request, reply) => {
    const states = await runChecks(checks);
    const isUp = Object.entries(states).every(([name, { status }]) => status === 'up' || advisory.includes(name));
    const isReady = !isShuttingDown && isUp;
    const status = isShuttingDown ? 'stopping' : isReady ? 'ready' : 'waiting';
    reply.code(isReady ? 200 : 503).header('cache-control', 'no-store');
    const supervisor = cluster.isWorker ? { supervisor: process.ppid } : {};
    return { ...details?.(), status, service, pid: process.pid, ...supervisor, checks: states };
  });
  return {
    beginShutdown: () => {
      isShuttingDown = true;
    },
  };
}

type CheckState = { status: 'up' } | { status: 'down'; error: string };

async function runChecks(checks: HealthOptions['checks']): Promise<Record<string, CheckState>> {
  const states = Object.entries(checks).map(async ([name, check]) => [name, await runCheck(check)] as const);
  return Object.fromEntries(await Promise.all(states));
}

async function runCheck(check: () => Promise<unknown>): Promise<CheckState> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`no answer within ${checkTimeoutMs} ms`)), checkTimeoutMs);
  try {
    await Promise.race([check(), late.promise]);
    return { status: 'up' };
  } catch (fault) {
    return { status: 'down', error: describeFault(fault) };
  } finally {
    clearTimeout(timer);
  }
}
