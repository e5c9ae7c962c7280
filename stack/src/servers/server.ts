import { join } from 'node:path';
import type { Progress } from '../fault.ts';
import { StackFault } from '../fault.ts';
import type { ProcessRecord } from '../processes/process-record.ts';
import type { RunningProcess } from '../processes/start-process.ts';
import { endProcess } from '../processes/end-process.ts';
import type { ServerSecrets } from '../secrets.ts';

/** What a private server needs to start. Its data and its log live in the state folder. */
export type ServerOptions = {
  readonly state: string;
  readonly ports: Ports;
  readonly secrets: ServerSecrets;
  readonly progress: Progress;
  /** Told of every process as soon as it exists. */
  readonly started: (record: ProcessRecord) => void;
  /** Data that need not survive a power cut: faster. For tests. */
  readonly isThrowaway: boolean;
  readonly signal?: AbortSignal;
};

/** Chooses ports: the documented one or the next free, or any free one. */
export type Ports = { choose(name: string, documented: number): Promise<number> };

/** A server that answers. `close` ends it when this launcher started it, and leaves it alone otherwise. */
export type Server = {
  readonly url: string;
  readonly isPrivate: boolean;
  readonly processes: readonly RunningProcess[];
  close(): Promise<void>;
};

/** The log file of a server or service. */
export const logFileOf = (state: string, name: string): string => join(state, 'logs', `${name}.log`);

/**
 * How each kind of process is asked to end, and how long it may take. Postgres ends its sessions on SIGINT ("fast
 * shutdown"), where SIGTERM would wait for them. Source: postgresql.org/docs/18/server-shutdown.html
 * RabbitMQ's management plugin takes 5 s to end, which is not worth waiting for when the data need not last.
 */
export async function endServer(record: ProcessRecord): Promise<void> {
  if (record.name === 'rabbitmq' && record.isThrowaway)
    return void (await endProcess(record, { signal: 'SIGKILL', graceMs: 1_000 }));
  await endProcess(record, record.name === 'postgres' ? { signal: 'SIGINT', graceMs: 10_000 } : { graceMs: 15_000 });
}

/**
 * Checks that a server which the environment names answers, and returns it as one that is never started or wiped.
 * @throws StackFault with the variable, the host and the cause, never the password
 */
export async function useNamedServer(variable: string, url: string, probe: () => Promise<unknown>): Promise<Server> {
  const { host } = parseUrl(variable, url);
  try {
    await probe();
  } catch (error) {
    throw new StackFault(
      `${variable} names a server at ${host} that cannot be used: ${causeOf(error)}. Start that server, correct ${variable}, or unset it to get a private one.`,
    );
  }
  return { url, isPrivate: false, processes: [], close: async () => undefined };
}

function parseUrl(variable: string, url: string): URL {
  if (URL.canParse(url)) return new URL(url);
  throw new StackFault(`${variable} is not a URL`);
}

/** The innermost message: the outer ones of clients repeat addresses, with credentials in some. */
function causeOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return causeOf(error.errors[0]);
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : causeOf(error.cause);
}
