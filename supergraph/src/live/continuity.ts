import { describeFault } from '@storefront/platform/errors/coded-error.ts';
import type { Log } from '@storefront/platform/log/log.ts';
import type { LiveStore } from './live-store.ts';
import type { Wakes } from './wakes.ts';

/** How often Redis is asked, unless the options say otherwise. */
const defaultIntervalMs = 500;

/**
 * Tells every feed within `intervalMs` when Redis has lost the streams (FLUSHALL, a restart without its data), also where no
 * event would come for long. While Redis does not answer nothing is said: it may come back with everything.
 */
export function watchContinuity(
  { store, wakes, log }: { store: Pick<LiveStore, 'epoch'>; wakes: Pick<Wakes, 'tellLoss'>; log: Pick<Log, 'warn'> },
  { intervalMs = defaultIntervalMs }: { readonly intervalMs?: number } = {},
): { close(): void } {
  let known: string | null = null;
  let isAsking = false;
  const ask = async () => {
    if (isAsking) return;
    isAsking = true;
    try {
      const epoch = await store.epoch();
      if (known !== null && known !== epoch) {
        log.warn('Redis has lost the live events: subscribers are told to fetch the state anew');
        wakes.tellLoss();
      }
      known = epoch;
    } catch (cause) {
      if (known === null) log.warn({ fault: describeFault(cause) }, 'the live streams cannot be watched yet');
    } finally {
      isAsking = false;
    }
  };
  void ask();
  const timer = setInterval(() => void ask(), intervalMs).unref();
  return { close: () => clearInterval(timer) };
}
