import { setTimeout as delay } from 'node:timers/promises';
import { backOffMs } from '../back-off/back-off.ts';
import type { Log } from '../log/log.ts';
import type { Postgres } from '../postgres/open.ts';
import { LEASE_MS, SENDING_TIME_MS, settle, type Settlement } from './claims.ts';

const SETTLING_TIME_MS = (LEASE_MS - SENDING_TIME_MS) / 2;

/**
 * Writes down what became of a batch, and tries again for half of the lease's rest when the database has no connection to
 * give: what is not written down is sent again, and holds its subjects up until the lease is over.
 * @throws what the database says in the end
 */
export async function settleInTime(
  { postgres, log }: { readonly postgres: Pick<Postgres, 'fork'>; readonly log: Log },
  outcome: Settlement,
): Promise<void> {
  const deadline = performance.now() + SETTLING_TIME_MS;
  for (let failures = 1; ; failures += 1) {
    try {
      return await settle(postgres.fork(), outcome);
    } catch (error) {
      if (performance.now() > deadline) throw error;
      log.debug({ err: error }, 'the relay cannot write down yet what it has sent');
      await delay(backOffMs(failures, { firstMs: 50, longestMs: 500 }));
    }
  }
}
