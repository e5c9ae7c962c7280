import type { Log } from '@storefront/platform/log/log.ts';

/** What sweeping needs. `sweep` gives up on at most `batchSize` orders and says how many. */
export interface SweeperDeps {
  sweep(batchSize: number): Promise<number>;
  readonly log: Log;
}

/** How often, and how many orders in one transaction. */
export interface SweeperOptions {
  readonly everyMs: number;
  readonly batchSize: number;
}

/**
 * Sweeps every `everyMs`, batch after batch until one is not full; never twice at once. A sweep that fails is logged,
 * and the next one finds the same orders. The timer alone does not keep the process alive.
 */
export function startSweeper(
  { sweep, log }: SweeperDeps,
  { everyMs, batchSize }: SweeperOptions,
): { close(): Promise<void> } {
  const closing = new AbortController();
  let running: Promise<void> | null = null;
  const run = async () => {
    let isFull = true;
    while (isFull && !closing.signal.aborted) {
      const expired = await sweep(batchSize);
      if (expired > 0) log.info({ expired }, 'gave up on orders that nobody answered for');
      isFull = expired >= batchSize;
    }
  };
  const timer = setInterval(() => {
    running ??= run()
      .catch((err: unknown) => log.error({ err }, 'cannot give up on old orders now'))
      .finally(() => {
        running = null;
      });
  }, everyMs).unref();
  return {
    async close() {
      closing.abort();
      clearInterval(timer);
      await running;
    },
  };
}
