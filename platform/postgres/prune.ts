import type { Log } from '../log/log.ts';
import { type Sweeper, startSweeper } from '../process/sweeper.ts';
import type { Postgres } from './open.ts';

/** Which rows a table need not keep: those that `isOver` (SQL, no outside text) says are over and are older than `keepDays`. */
export interface Pruning {
  readonly table: string;
  /** The column, a timestamptz, that an age index is on. */
  readonly ageColumn: string;
  readonly keepDays: number;
  readonly isOver: string;
}

const EVERY_MS = 10 * 60_000;
const BATCH = 1_000;

/** Deletes what tables need not keep, every ten minutes, a thousand rows at a time. Replicas take different rows. */
export function startPruning(
  { postgres, log }: { readonly postgres: Pick<Postgres, 'fork'>; readonly log: Log },
  prunings: readonly Pruning[],
): Sweeper {
  return startSweeper(
    { log },
    {
      name: 'old rows',
      everyMs: EVERY_MS,
      batchSize: BATCH,
      sweep: async (limit) => {
        const counts = await Promise.all(prunings.map((pruning) => prune(postgres, pruning, limit)));
        return Math.max(0, ...counts);
      },
    },
  );
}

async function prune(postgres: Pick<Postgres, 'fork'>, pruning: Pruning, limit: number): Promise<number> {
  const { table, ageColumn, keepDays, isOver } = pruning;
  const deleted = await postgres.fork().execute<unknown[]>(
    `delete from ${table} where ctid = any(array(
       select ctid from ${table} where ${ageColumn} < now() - make_interval(days => ?) and ${isOver}
       limit ? for update skip locked)) returning 1`,
    [keepDays, limit],
  );
  return deleted.length;
}
