import { ConfigError, processEnvironment, processLogLevel } from '../config/config.ts';
import { CodedError, describeFault } from '../errors/coded-error.ts';
import { createLog, type Log } from '../log/log.ts';
import { traceScope } from '../telemetry/trace-scope.ts';
import { openScope, type OwnedScope, type Scope } from './scope.ts';

export { openScope, type OwnedScope, type Scope };

const hardExitMs = 25_000;
/** What a supervised process tells its supervisor when it has started, and what stops it (see workers.ts). */
export const [startedMessage, stopMessage] = ['started', 'stop'];

/** How a process is run. */
export interface RunOptions {
  /** Stopped by a supervisor. Default false. */
  readonly isSupervised?: boolean;
  /** Whether spans are made of it when the environment says where to send them. Default true. */
  readonly isTraced?: boolean;
}

/**
 * Runs a service until SIGTERM or SIGINT, then closes its scope (reverse order of `defer`) and exits 0. A second signal
 * exits at once; so does a shutdown of more than 25 s, with 1. A fault at start-up closes what is open already and exits
 * 1 after one log line that says the cause: without a stack when somebody foresaw it (ConfigError, CodedError). An
 * unhandled rejection or exception is logged and exits 1 in the same orderly way. One that `isSupervised` is stopped by its
 * supervisor too, tells it when it has started, and does not mind a second signal: a terminal sends it to both.
 */
export async function runService(
  name: string,
  start: (scope: Scope) => Promise<unknown>,
  { isSupervised = false, isTraced = true }: RunOptions = {},
): Promise<void> {
  const log = createLog({ service: name, level: processLogLevel() });
  const scope = openScope(name, log);
  const stop = stopOnce(scope, log);
  const stopOrderly = (facts: object) => {
    if (!(isSupervised && scope.signal.aborted)) stop(0, facts, 'shutting down');
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stopOrderly({ signal }));
  if (isSupervised) process.on('message', (message) => message === stopMessage && stopOrderly({}));
  process.on('uncaughtException', (err) => stop(1, { err }, 'a fault that nobody handled'));
  process.on('unhandledRejection', (err) => stop(1, { err }, 'a rejection that nobody handled'));
  try {
    await start(isTraced ? await traceScope(scope, name, processEnvironment()) : scope);
    if (scope.signal.aborted) return;
    log.info({ pid: process.pid }, 'started');
    if (isSupervised) process.send?.(startedMessage);
  } catch (fault) {
    if (!scope.signal.aborted) stop(1, describeStartFault(fault), `${name} cannot start: ${describeFault(fault)}`);
  }
}

type Stop = (exitCode: number, facts: object, message: string) => void;

function stopOnce(scope: OwnedScope, log: Log): Stop {
  return (exitCode, facts, message) => {
    const again = scope.signal.aborted;
    if (exitCode === 0) log.info(facts, message);
    else log.fatal(facts, message);
    if (again) return process.exit(exitCode || 130);
    setTimeout(() => {
      log.fatal('the shutdown took too long');
      process.exit(1);
    }, hardExitMs).unref();
    void scope.close().then(() => {
      log.info('stopped');
      process.exit(exitCode);
    });
  };
}

/** The text names the cause; only a fault that nobody foresaw needs its stack. */
function describeStartFault(fault: unknown): object {
  if (fault instanceof ConfigError) return { faults: fault.faults };
  if (fault instanceof CodedError) return { code: fault.code };
  return { err: fault };
}
