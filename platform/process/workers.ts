import cluster from 'node:cluster';
import type { Worker } from 'node:cluster';
import { CodedError } from '../errors/coded-error.ts';
import type { Log } from '../log/log.ts';
import { processEnvironment } from '../config/config.ts';
import { runService, startedMessage, stopMessage } from './run.ts';
import { traceScope } from '../telemetry/trace-scope.ts';
import type { Scope } from './scope.ts';

/**
 * Runs a service in as many processes as `countWorkers` says, which share the ports that they listen on: connections go to them
 * in turn, websockets included. With one it is `runService`. The first process that starts must start well, else all end with
 * exit 1; the others follow it. One that ends later by itself is started again after a second, twice as long after each further
 * end (30 s at most) until it has lived for a minute. SIGTERM and SIGINT stop all in an orderly way; when the supervisor dies,
 * they die.
 */
export async function runWorkers(
  name: string,
  countWorkers: () => number,
  start: (scope: Scope) => Promise<unknown>,
): Promise<void> {
  if (cluster.isWorker) return runService(name, start, { isSupervised: true });
  const supervise = async (scope: Scope) => {
    const count = countWorkers();
    if (count === 1) return start(await traceScope(scope, name, processEnvironment()));
    const slots = Array.from({ length: count }, (_, index) => new Slot(scope.log, index + 1));
    const stopAll = () => Promise.all(slots.map((slot) => slot.stop())).then(() => undefined);
    scope.defer('workers', stopAll, { timeoutMs: stopTimeoutMs });
    const [first, ...others] = slots;
    await first?.start({ isVital: true });
    await Promise.all(others.map((slot) => slot.start({ isVital: false })));
  };
  return runService(name, supervise, { isTraced: false });
}

/** A worker that does not end by itself is killed so that it is gone before the supervisor, which gives up at 25 s. */
const [killMs, stopTimeoutMs] = [24_000, 24_500];
const [shortestRestMs, longestRestMs, steadyMs] = [1_000, 30_000, 60_000];

/**
 * One place for a worker. 'empty' before `start` and after `stop`; 'running' from the fork on; 'resting' between the end of a
 * worker and the next one. A slot that is stopped starts no more.
 */
type Phase =
  | { readonly name: 'empty' }
  | { readonly name: 'running'; readonly worker: Worker; readonly ended: Promise<void> }
  | { readonly name: 'resting'; readonly timer: NodeJS.Timeout };

class Slot {
  readonly #log: Log;
  readonly #number: number;
  #phase: Phase = { name: 'empty' };
  #isStopped = false;
  #restMs = shortestRestMs;

  constructor(log: Log, number: number) {
    this.#log = log;
    this.#number = number;
  }

  /** Resolves when a worker has started. @throws CodedError WORKER_FAILED when the first one ends before, if it `isVital` */
  start({ isVital }: { readonly isVital: boolean }): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#launch(resolve, isVital ? reject : undefined);
    return promise;
  }

  /** Stops the worker and resolves when it has ended. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    const phase = this.#phase;
    this.#phase = { name: 'empty' };
    if (phase.name === 'resting') clearTimeout(phase.timer);
    if (phase.name !== 'running') return;
    const { worker, ended } = phase;
    if (worker.isConnected()) worker.send(stopMessage, () => undefined);
    const timer = setTimeout(() => worker.process.kill('SIGKILL'), killMs);
    await ended;
    clearTimeout(timer);
  }

  #launch(onStart: () => void, onFailure?: (fault: CodedError) => void): void {
    const ended = Promise.withResolvers<void>();
    const forkedAt = performance.now();
    const worker = cluster.fork({ WORKER_NUMBER: this.#number });
    let hasStarted = false;
    this.#phase = { name: 'running', worker, ended: ended.promise };
    worker.on('message', (message: unknown) => {
      if (message !== startedMessage) return;
      hasStarted = true;
      onStart();
    });
    worker.once('exit', (code, signal) => {
      ended.resolve();
      if (this.#isStopped) return onStart();
      if (onFailure && !hasStarted) {
        this.#phase = { name: 'empty' };
        return onFailure(
          new CodedError('WORKER_FAILED', `the first worker has ended: ${signal ?? `exit code ${code}`}`),
        );
      }
      this.#log.error({ worker: worker.process.pid, code, signal }, 'a worker has ended by itself');
      this.#rest(performance.now() - forkedAt, onStart);
    });
  }

  #rest(livedMs: number, onStart: () => void): void {
    const restMs = livedMs >= steadyMs ? shortestRestMs : this.#restMs;
    this.#restMs = Math.min(longestRestMs, 2 * restMs);
    const timer = setTimeout(() => this.#launch(onStart), restMs);
    this.#phase = { name: 'resting', timer };
  }
}
