import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { pinned } from '../processes.ts';

/** What one round came to. Latencies in microseconds. */
export interface LoadResult {
  readonly requests: number;
  readonly durationUs: number;
  /** Answers with a status of 400 and above, and connections that broke. */
  readonly failed: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

/** What to send, where, how long. `bodiesPath` names a file with one JSON body in each line. */
export interface Load {
  readonly url: string;
  readonly bodiesPath: string;
  /** Whether each request comes with an Authorization of its own, in place of one among `headers`. */
  readonly uniqueAuthorization: boolean;
  /** A file with one Authorization in each line, to be sent in turn, in place of one among `headers`. */
  readonly callersPath?: string | undefined;
  /** To be sent with each request; default `authorization: Bearer bench`. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly seconds: number;
  readonly connections: number;
  /** The core to run on; undefined leaves it to the system. */
  readonly core?: number | undefined;
}

const run = promisify(execFile);
/** What requests come with unless a load says otherwise. */
export const defaultHeaders = { authorization: 'Bearer bench' } as const;
const script = new URL('load.lua', import.meta.url).pathname;

/** Loads a server with wrk, every connection sending its next request when it has its answer. @throws Error when wrk is not installed */
export async function runWrk(load: Load): Promise<LoadResult> {
  const { url, bodiesPath, uniqueAuthorization, callersPath, seconds, connections, core } = load;
  const headers = load.headers ?? (uniqueAuthorization || callersPath ? {} : defaultHeaders);
  const options = ['-t', '1', '-c', String(connections), '-d', `${seconds}s`, '--timeout', '10s', '-s', script];
  const [command, ...words] = pinned(core, [
    'wrk',
    ...options,
    url,
    '--',
    bodiesPath,
    callersPath === undefined ? (uniqueAuthorization ? 'unique' : 'same') : `from:${callersPath}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ]);
  const { stdout } = await run(command, words, { timeout: (seconds + 20) * 1_000 }).catch((cause: unknown) => {
    throw new Error('wrk cannot be run: on Debian and Ubuntu, apt-get install wrk', { cause });
  });
  const line = /^RESULT (.+)$/m.exec(stdout)?.[1];
  if (!line) throw new Error(`wrk said nothing of use: ${stdout}`);
  return JSON.parse(line) as LoadResult;
}
