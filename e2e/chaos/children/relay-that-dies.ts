/** A relay that dies when the broker has confirmed its first batch and before that is written down. */
import { startRelay } from '@storefront/platform/outbox/relay.ts';
import { MAILROOM_SCHEMA } from '../world/mailroom-tables.ts';
import { die, openParts } from './mailroom-parts.ts';

const { postgres, ...parts } = await openParts();
const fork = () => {
  const em = postgres.fork();
  const execute = em.execute.bind(em);
  const untilMarked = async (sql: string, values?: unknown[], method?: 'run'): Promise<unknown> =>
    sql.trimStart().startsWith('update outbox') ? die() : execute(sql, values, method);
  return Object.assign(em, { execute: untilMarked as typeof execute });
};
await startRelay({ ...parts, postgres: { fork, listen: postgres.listen } }, { schema: MAILROOM_SCHEMA, pollMs: 50 });
