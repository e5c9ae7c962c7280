import type { QueryResult } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { transact } from '../postgres/transact.ts';

/** Which consumer takes which event. */
export interface Delivery {
  /** The name of the consumer, for example its queue: each consumer takes each event once. */
  readonly consumer: string;
  readonly eventId: string;
}

/**
 * Runs `effect` once per consumer and event: its writes and the inbox row commit together or not at all. Of two at once,
 * the second waits for the first and then is a duplicate, or takes over when the first has rolled back. `effect` gets the
 * transaction's entity manager and must write through it alone; after a deadlock it is called again (transact.ts).
 * @throws whatever `effect` throws; then the event is not taken and may come again
 */
export async function once(
  fork: () => EntityManager,
  { consumer, eventId }: Delivery,
  effect: (em: EntityManager) => Promise<void>,
): Promise<'applied' | 'duplicate'> {
  return transact(fork, async (transaction) => {
    const { affectedRows } = await transaction.execute<QueryResult>(
      'insert into inbox (consumer, event_id) values (?, ?) on conflict do nothing',
      [consumer, eventId],
      'run',
    );
    if (affectedRows === 0) return 'duplicate';
    await effect(transaction);
    return 'applied';
  });
}
