import type { EntityManager } from '@mikro-orm/postgresql';
import { setTimeout as delay } from 'node:timers/promises';
import { backOffMs } from '../back-off/back-off.ts';
import { isConflict } from './errors.ts';

const RETRIES = 3;
const RETRYING = { firstMs: 5, longestMs: 50 };

/**
 * Runs `work` in a transaction of a fresh unit of work, and again, up to three times, each on another fresh one, when
 * Postgres undid it for the sake of others: a deadlock or a serialization failure. `work` must have no effect but through
 * its `em`.
 * @throws what `work` throws, with nothing of it stored; the conflict itself when it came four times
 * Source: postgresql.org/docs/current/mvcc-serialization-failure-handling.html
 */
export function transact<T>(fork: () => EntityManager, work: (em: EntityManager) => Promise<T>): Promise<T> {
  return retryConflicts(() => fork().transactional(work));
}

/** Runs what is a transaction by itself, all or nothing, again as `transact` does. @throws what `work` throws */
export async function retryConflicts<T>(work: () => Promise<T>): Promise<T> {
  for (let retries = 0; ; retries += 1) {
    try {
      return await work();
    } catch (error) {
      if (retries === RETRIES || !isConflict(error)) throw error;
      await delay(backOffMs(retries + 1, RETRYING));
    }
  }
}
