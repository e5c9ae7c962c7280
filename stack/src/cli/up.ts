import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { StackDescription } from '../description.ts';
import type { Progress } from '../fault.ts';
import { StackFault, textOf } from '../fault.ts';
import type { Arguments } from './arguments.ts';
import { runHere } from './run-here.ts';

/** What the supervisor tells the one who started it. */
type Message =
  | { readonly kind: 'progress'; readonly line: string }
  | { readonly kind: 'ready'; readonly description: StackDescription }
  | { readonly kind: 'failed'; readonly message: string };

/**
 * Starts a supervisor in the background and returns its description of the stack once that is ready. When this process
 * ends before that, so does the supervisor. @throws StackFault with the supervisor's reason
 */
export async function up(asked: Arguments, mainFile: string, progress: Progress): Promise<StackDescription> {
  mkdirSync(join(asked.state, 'logs'), { recursive: true });
  const log = openSync(join(asked.state, 'logs', 'launcher.log'), 'a', 0o600);
  const parameters = [
    mainFile,
    'supervise',
    '--state',
    asked.state,
    '--ports',
    asked.ports,
    '--replicas',
    String(asked.replicas),
    ...(asked.isServersOnly ? ['--servers-only'] : []),
  ];
  const child = spawn(process.execPath, parameters, { detached: true, stdio: ['ignore', log, log, 'ipc'] });
  closeSync(log);
  const forward = () => void child.kill('SIGTERM');
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, forward);
  return new Promise<StackDescription>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => reject(new StackFault('stopped before it was ready')));
    child.on('message', (message: Message) => {
      if (message.kind === 'progress') progress(message.line);
      if (message.kind === 'failed') reject(new StackFault(message.message));
      if (message.kind === 'ready') resolve(message.description);
    });
  }).finally(() => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, forward);
    child.removeAllListeners();
    if (child.connected) child.disconnect();
    child.unref();
  });
}

/** The supervisor: runs the stack in this process, tells its parent until it is ready, and stays. */
export async function supervise(asked: Arguments, environment: NodeJS.ProcessEnv): Promise<void> {
  const orphaned = new AbortController();
  const abandon = () => orphaned.abort();
  process.once('disconnect', abandon);
  const tell = (message: Message) => process.connected && process.send?.(message, () => undefined);
  const progress: Progress = (line) => {
    process.stdout.write(`${new Date().toISOString()} ${line}\n`);
    tell({ kind: 'progress', line });
  };
  try {
    await runHere(asked, environment, {
      progress,
      gone: orphaned.signal,
      ready(description) {
        process.off('disconnect', abandon);
        tell({ kind: 'ready', description });
      },
    });
  } catch (error) {
    process.stdout.write(`${textOf(error)}\n`);
    tell({ kind: 'failed', message: textOf(error) });
    process.exitCode = 1;
  } finally {
    process.off('disconnect', abandon);
    if (process.connected) process.disconnect();
  }
}
