import { existsSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Progress } from './fault.ts';
import { createPorts } from './ports.ts';
import { startTimeOf } from './processes/process-record.ts';
import { secretsOf } from './secrets.ts';
import { startServers } from './servers/start-servers.ts';
import { endLeftovers, openStateFolder } from './state-folder.ts';

/** Servers for tests: the TEST_* environment that names them, and their end. */
export type TestServers = {
  readonly environment: Readonly<Record<string, string>>;
  readonly state: string;
  close(): Promise<void>;
};

/**
 * Starts the four servers for tests in a folder of their own, on free ports, with data that need not last. `close` ends
 * them and removes the folder.
 * @throws StackFault when one cannot start; the others are ended
 */
export async function startTestServers(
  state: string,
  { progress = () => undefined, signal }: { progress?: Progress; signal?: AbortSignal } = {},
): Promise<TestServers> {
  const folder = await openStateFolder(state, progress);
  try {
    const secrets = (await secretsOf(state)).servers;
    const servers = await startServers(
      {},
      {
        state,
        ports: createPorts('free', progress),
        secrets,
        progress,
        started: (record) => folder.started({ ...record, isThrowaway: true }),
        isThrowaway: true,
        ...(signal ? { signal } : {}),
      },
    );
    return {
      environment: {
        TEST_POSTGRES_URL: servers.postgres.url,
        TEST_REDIS_URL: servers.redis.url,
        TEST_RABBITMQ_URL: servers.rabbitmq.url,
        TEST_RABBITMQ_MANAGEMENT_URL: servers.rabbitmq.managementUrl ?? '',
        TEST_CONSUL_URL: servers.consul.url,
      },
      state,
      close: () => endTestServers(state),
    };
  } catch (error) {
    await folder.release(); // the logs stay, for whoever looks for the cause
    throw error;
  }
}

/** Ends everything that was started in a folder, and removes it. For those who no longer hold what they started. */
export async function endTestServers(state: string): Promise<void> {
  await endLeftovers(state, () => undefined);
  await rm(state, { recursive: true, force: true });
}

/**
 * Ends and removes what test runs that were killed have left in the folder of state folders: `test-PID` and `e2e-PID`,
 * where no such process runs any more. Whatever has another name is left alone.
 */
export async function endAbandonedTestServers(root: string, progress: Progress): Promise<void> {
  for (const name of existsSync(root) ? readdirSync(root) : []) {
    const pid = /^(?:test|e2e)-(\d+)(?:\.json)?$/.exec(name)?.[1];
    if (pid === undefined || startTimeOf(Number(pid)) !== null) continue;
    progress(`removing ${name}, which a test run that was killed has left behind`);
    if (!name.endsWith('.json')) await endLeftovers(join(root, name), progress);
    await rm(join(root, name), { recursive: true, force: true });
  }
}
