import type { Log } from '../log/log.ts';
import type { Tracer } from '../telemetry/tracer.ts';

/**
 * The life of one process or test: whoever opens a thing defers its closing here.
 *
 * Order: `close` first aborts `signal`, then closes what was deferred in reverse order, one after the other, each with a
 * deadline. A thing that fails to close, or takes too long, is logged and does not keep the others from closing. What is
 * deferred after that is closed too.
 */
export interface Scope {
  readonly log: Log;
  /** Makes spans of what happens here; null when nobody wants any. */
  readonly tracer: Tracer | null;
  /** Aborted when shutdown begins. */
  readonly signal: AbortSignal;
  /** Has `close` called at shutdown, which may take `timeoutMs`. `name` is for the log. */
  defer(name: string, close: () => Promise<void> | void, options?: { readonly timeoutMs?: number }): void;
}

/** A scope that its owner closes. */
export interface OwnedScope extends Scope {
  /** Closes everything once; later calls wait for the same end. Never rejects. */
  close(): Promise<void>;
}

const closeTimeoutMs = 12_000;

/** Opens a scope; `closeTimeoutMs` is the deadline of each thing that it closes. `runService` does it for services, tests by hand. */
export function openScope(
  name: string,
  log: Log,
  options: { readonly closeTimeoutMs?: number; readonly tracer?: Tracer | null } = {},
): OwnedScope {
  const usualMs = options.closeTimeoutMs ?? closeTimeoutMs;
  const shutdown = new AbortController();
  const deferred: Closing[] = [];
  let closed: Promise<void> | undefined;
  let isFinished = false;

  async function closeAll(): Promise<void> {
    shutdown.abort(new Error(`${name} shuts down`));
    for (let next = deferred.pop(); next; next = deferred.pop()) await closeOne(log, next);
    isFinished = true;
  }
  return {
    log,
    tracer: options.tracer ?? null,
    signal: shutdown.signal,
    defer(what, close, { timeoutMs = usualMs } = {}) {
      const closing = { name: what, close, timeoutMs };
      if (isFinished) void closeOne(log, closing);
      else deferred.push(closing);
    },
    close: () => (closed ??= closeAll()),
  };
}

interface Closing {
  readonly name: string;
  readonly close: () => Promise<void> | void;
  readonly timeoutMs: number;
}

async function closeOne(log: Log, thing: Closing): Promise<void> {
  const startedMs = performance.now();
  try {
    await within(thing.timeoutMs, async () => thing.close());
    log.debug({ name: thing.name, ms: Math.round(performance.now() - startedMs) }, 'closed');
  } catch (err) {
    log.error({ name: thing.name, err }, 'did not close properly');
  }
}

/** @throws Error after `timeoutMs`; the work goes on unwatched then. */
async function within(timeoutMs: number, work: () => Promise<void>): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`took longer than ${timeoutMs} ms`)), timeoutMs);
  try {
    await Promise.race([work(), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
