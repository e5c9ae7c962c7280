import { checkIdentifier } from '../postgres/connection.ts';
import type { Pruning } from '../postgres/prune.ts';

/** The SQL of a migration that creates the inbox of a service: which consumer has taken which event. */
export function inboxTableSql(schema: string): string {
  return `create table ${checkIdentifier(schema)}.inbox (
    consumer text not null,
    event_id text not null,
    received_at timestamptz not null default now(),
    primary key (consumer, event_id)
  )`;
}

/** The SQL of a migration that lets an inbox be pruned: rows lie in the order of their age, so a BRIN index is enough. */
export function inboxAgeIndexSql(schema: string): string {
  return `create index inbox_by_age on ${checkIdentifier(schema)}.inbox using brin (received_at)`;
}

/**
 * What an inbox need not remember: events taken 90 days ago. An outbox sends nothing again after 7 days; a dead letter may
 * lie for longer, and one that had its effect after all (its consumer died before the answer, five times) must not have it
 * again when it is replayed.
 */
export const inboxPruning: Pruning = Object.freeze({
  table: 'inbox',
  ageColumn: 'received_at',
  keepDays: 90,
  isOver: 'true',
});
