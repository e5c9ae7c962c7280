import type { Log } from '../log/log.ts';

/** What is swept. `sweep` settles at most `batchSize` things and says how many. `name` is for the log. */
export interface Sweeping {
  readonly name: string;
  readonly everyMs: number;
  /** How many at a time. Default 100. */
  readonly batchSize?: number;
  sweep(batchSize: number): Promise<number>;
}

/** A sweeper at work. */
export interface Sweeper {
  /** Sweeps now, or joins the sweep under way; resolves when it is done, well or not. */
  sweepNow(): Promise<void>;
  /** Begins no more sweeps and waits for the batch in hand. */
  close(): Promise<void>;
}

/**
 * Sweeps every `everyMs`, batch after batch until one is not full; never twice at once. A sweep that fails is logged,
 * and the next one finds the same things. The timer alone does not keep the process alive.
 */
export function startSweeper(
  { log }: { readonly log: Log },
  { name, everyMs, batchSize = 100, sweep }: Sweeping,
): Sweeper {
  const closing = new AbortController();
  let running: Promise<void> | null = null;

  async function sweepAll(): Promise<void> {
    try {
      let total = 0;
      for (let swept = batchSize; swept >= batchSize && !closing.signal.aborted; total += swept) {
        swept = await sweep(batchSize);
      }
      if (total > 0) log.info({ sweep: name, count: total }, 'swept');
    } catch (err) {
      log.error({ err, sweep: name }, 'a sweep failed and will be done again');
    }
  }
  function sweepNow(): Promise<void> {
    running ??= sweepAll().finally(() => {
      running = null;
    });
    return running;
  }

  const timer = setInterval(() => void sweepNow(), everyMs).unref();
  return {
    sweepNow,
    async close() {
      closing.abort();
      clearInterval(timer);
      await running;
    },
  };
}
