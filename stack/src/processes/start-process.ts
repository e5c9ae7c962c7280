import { spawn } from 'node:child_process';
import { closeSync, fstatSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { StackFault } from '../fault.ts';
import { endProcess } from './end-process.ts';
import { describeLastWords } from './last-words.ts';
import type { ProcessRecord } from './process-record.ts';
import { isRunning, recordOf } from './process-record.ts';

/** What to run. The environment is the whole environment; `user` needs root. */
export type Command = {
  readonly name: string;
  readonly kind: 'service' | 'server';
  readonly program: string;
  readonly parameters: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  readonly folder: string;
  readonly logFile: string;
  readonly port?: number;
  readonly user?: number;
};

/** How a process ended. */
export type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

/** A process in a session of its own, so that Ctrl-C in the terminal does not reach it. */
export type RunningProcess = {
  readonly record: ProcessRecord;
  /** What it has said last, as the end of a sentence: the reason that it gives for its end, or the end of its log. */
  lastWords(): string;
  /** Resolves when it has ended, whoever ended it. */
  readonly exited: Promise<Exit>;
  hasExited(): boolean;
  /** Ends it as `endProcess` does; afterwards it has exited. */
  end(options: { signal?: NodeJS.Signals; graceMs: number }): Promise<void>;
};

/**
 * Starts a process whose output goes to the end of its log file, and tells `started` about it before anything else runs,
 * so that a record of it is kept even when the launcher dies next.
 * @throws StackFault when the program cannot be started
 */
export async function startProcess(
  command: Command,
  started: (record: ProcessRecord) => void,
): Promise<RunningProcess> {
  mkdirSync(dirname(command.logFile), { recursive: true });
  const log = openSync(command.logFile, 'a', 0o600);
  const from = fstatSync(log).size;
  const child = spawn(command.program, command.parameters, {
    cwd: command.folder,
    env: command.environment,
    detached: true,
    stdio: ['ignore', log, log],
    ...(command.user === undefined ? {} : { uid: command.user, gid: command.user }),
  });
  closeSync(log);
  let exit: Exit | null = null;
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => {
      exit = { code, signal };
      resolve(exit);
    });
  });
  const { pid } = child;
  if (pid === undefined) {
    const cause = await new Promise<Error>((resolve) => child.once('error', resolve));
    throw new StackFault(`${command.name} cannot be started (${command.program}): ${cause.message}`);
  }
  child.once('error', () => undefined);
  const record = recordOf({
    name: command.name,
    kind: command.kind,
    pid,
    ...(command.port === undefined ? {} : { port: command.port }),
  });
  started(record);
  return {
    record,
    exited,
    lastWords: () => describeLastWords(command.logFile, { from }),
    hasExited: () => exit !== null,
    async end(options) {
      await endProcess(record, options);
      if (!isRunning(record)) await exited;
    },
  };
}
