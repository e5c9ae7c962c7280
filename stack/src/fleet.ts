/**
 * The instances of the services. Each is `stopped`, `running`, or `resting` after a crash until it is started again:
 * after 1 s, then 2 s, doubling to 30 s, counted anew once it has lived for a minute.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { repository, serviceEnvironment } from './config.ts';
import type { Progress } from './fault.ts';
import { StackFault, textOf } from './fault.ts';
import type { ProcessRecord } from './processes/process-record.ts';
import type { RunningProcess } from './processes/start-process.ts';
import { startProcess } from './processes/start-process.ts';
import { waitUntilReady } from './processes/wait-until-ready.ts';
import { askReadiness } from './readiness.ts';
import { logFileOf } from './servers/server.ts';
import type { ServiceName } from './services.ts';
import { entryOf, nodeOptionsOf } from './services.ts';

/** One instance of a service, and where it listens whenever it runs. */
export type Instance = {
  readonly name: ServiceName;
  readonly index: number;
  readonly port: number;
  readonly configuration: NodeJS.ProcessEnv;
};

/** What a fleet works with. With `restartsCrashed`, an instance that ends on its own is started again. */
export type FleetOptions = {
  readonly state: string;
  readonly progress: Progress;
  readonly restartsCrashed: boolean;
  readonly environment: NodeJS.ProcessEnv;
  readonly started: (record: ProcessRecord) => void;
  readonly freePort: (label: string) => Promise<number>;
};

/** The running services. `index` counts the instances of one name from 0. */
export type Fleet = {
  /** Starts one instance and waits until it is ready. @throws StackFault with its log's end */
  start(name: ServiceName, index?: number, signal?: AbortSignal): Promise<void>;
  /** Ends one instance in order: SIGTERM, 12 s, SIGKILL. */
  stop(name: ServiceName, index?: number): Promise<void>;
  /** Sends a signal to one instance and, when the signal ends it, waits for that. It is not started again. */
  kill(name: ServiceName, index: number, signal: NodeJS.Signals): Promise<void>;
  /**
   * Replaces the instances of a service, one after the other: starts a new one, waits until it is ready, then ends the old one in order. A
   * gateway's takes over its port, others get a new one. @throws StackFault when a new one does not get ready: the old one stays then
   */
  roll(name: ServiceName, progress: Progress): Promise<void>;
  /** The instances, where they are now. */
  instances(): readonly Instance[];
  /** Stops restarting; the processes themselves are ended by the state folder. */
  close(): void;
};

const readyTimeoutMs = 60_000;
const graceMs = 12_000;
/** A little more than a service gives itself. */
const drainGraceMs = 28_000;
const firstRestMs = 1_000;
const longestRestMs = 30_000;
const settledAfterMs = 60_000;

type Slot = {
  readonly instance: Instance;
  readonly label: string;
  process: RunningProcess | null;
  isWanted: boolean;
  restMs: number;
  timer?: NodeJS.Timeout;
};

/** How an instance is called in messages, logs and `status`: `users`, and `users-2` for the second. */
export const labelOf = ({ name, index }: Pick<Instance, 'name' | 'index'>): string =>
  index === 0 ? name : `${name}-${index + 1}`;

/** Makes a fleet of instances, none of them started yet. */
export function createFleet(instances: readonly Instance[], options: FleetOptions): Fleet {
  const slots: Slot[] = instances.map((instance) => ({
    instance,
    label: labelOf(instance),
    process: null,
    isWanted: false,
    restMs: firstRestMs,
  }));
  const slotOf = (name: ServiceName, index: number): Slot => {
    const slot = slots.find(({ instance }) => instance.name === name && instance.index === index);
    if (!slot) throw new StackFault(`there is no instance ${index} of ${name}`);
    return slot;
  };
  return {
    start: (name, index = 0, signal) => startSlot(slotOf(name, index), options, signal),
    async stop(name, index = 0) {
      const slot = slotOf(name, index);
      slot.isWanted = false;
      await slot.process?.end({ graceMs });
    },
    async kill(name, index, signal) {
      const slot = slotOf(name, index);
      if (!slot.process || slot.process.hasExited()) return;
      if (endingSignals.has(signal)) slot.isWanted = false;
      process.kill(slot.process.record.pid, signal);
      if (endingSignals.has(signal)) await slot.process.exited;
    },
    async roll(name, progress) {
      for (const [at, slot] of slots.entries()) {
        if (slot.instance.name === name) slots[at] = await replaceSlot(slot, { ...options, progress });
      }
    },
    instances: () => slots.map(({ instance }) => instance),
    close() {
      for (const slot of slots) {
        slot.isWanted = false;
        clearTimeout(slot.timer);
      }
    },
  };
}

const endingSignals: ReadonlySet<NodeJS.Signals> = new Set(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGABRT']);

async function startSlot(slot: Slot, options: FleetOptions, signal: AbortSignal | undefined): Promise<void> {
  const running = await spawnSlot(slot, options);
  const { port } = slot.instance;
  await waitUntilReady({
    process: running,
    probe: () => askReadiness(`http://127.0.0.1:${port}/ready`, running.record.pid),
    timeoutMs: readyTimeoutMs,
    progress: options.progress,
    ...(signal ? { signal } : {}),
  });
  slot.isWanted = true;
}

async function replaceSlot(slot: Slot, options: FleetOptions): Promise<Slot> {
  const { label, instance, process: old } = slot;
  const port = instance.name === 'gateway' ? instance.port : await options.freePort(label);
  const configuration = { ...instance.configuration, SERVICE_PORT: String(port) };
  const fresh: Slot = {
    instance: { ...instance, port, configuration },
    label,
    process: null,
    isWanted: false,
    restMs: firstRestMs,
  };
  try {
    await startSlot(fresh, options, undefined);
  } catch (error) {
    await fresh.process?.end({ graceMs });
    throw error;
  }
  options.progress(`${label}: a new one is ready at port ${port}`);
  slot.isWanted = false;
  clearTimeout(slot.timer);
  await old?.end({ graceMs: drainGraceMs });
  options.progress(`${label}: the old one has ended`);
  return fresh;
}

async function spawnSlot(slot: Slot, options: FleetOptions): Promise<RunningProcess> {
  if (slot.process && !slot.process.hasExited()) throw new StackFault(`${slot.label} is running already`);
  const entry = entryOf(slot.instance.name);
  if (!existsSync(entry)) throw new StackFault(`${slot.label} cannot be started: there is no ${entry}`);
  const running = await startProcess(
    {
      name: slot.label,
      kind: 'service',
      port: slot.instance.port,
      program: process.execPath,
      parameters: [...nodeOptionsOf(slot.instance.name), entry],
      folder: repository,
      logFile: logFileOf(options.state, slot.label),
      environment: serviceEnvironment({
        NODE_COMPILE_CACHE: join(options.state, 'compile-cache'),
        ...slot.instance.configuration,
        ...options.environment,
      }),
    },
    options.started,
  );
  slot.process = running;
  const startedAt = performance.now();
  void running.exited.then(({ code, signal }) => {
    if (!slot.isWanted || !options.restartsCrashed || slot.process !== running) return;
    restLater(slot, options, {
      cause: signal ?? `exit code ${code}`,
      livedMs: performance.now() - startedAt,
      lastWords: running.lastWords(),
    });
  });
  return running;
}

function restLater(
  slot: Slot,
  options: FleetOptions,
  { cause, livedMs, lastWords }: { cause: string; livedMs: number; lastWords: string },
): void {
  if (livedMs > settledAfterMs) slot.restMs = firstRestMs;
  options.progress(
    `${slot.label} ended by itself (${cause}) and is started again in ${slot.restMs / 1_000} s${lastWords}`,
  );
  slot.timer = setTimeout(() => {
    if (slot.isWanted) spawnSlot(slot, options).catch((error: unknown) => options.progress(textOf(error)));
  }, slot.restMs);
  slot.restMs = Math.min(slot.restMs * 2, longestRestMs);
}
