import { hostname } from 'node:os';
import { checkIdentifier } from '../postgres/connection.ts';
import type { Pruning } from '../postgres/prune.ts';

/** The SQL of a migration that creates the outbox of a service. `not_before` is a lease or a pause: see claims.ts. */
export function outboxTableSql(schema: string): string {
  const table = `${checkIdentifier(schema)}.outbox`;
  return `create table ${table} (
    id uuid primary key,
    position bigint generated always as identity,
    exchange text not null,
    type text not null,
    subject text not null,
    event jsonb not null,
    created_at timestamptz not null default now(),
    published_at timestamptz,
    not_before timestamptz,
    attempts integer not null default 0
  );
  create index outbox_pending on ${table} (position) where published_at is null;
  create index outbox_pending_by_subject on ${table} (subject, position) where published_at is null`;
}

/** The SQL of a migration that lets an outbox be pruned: rows lie in the order of their age, so a BRIN index is enough. */
export function outboxAgeIndexSql(schema: string): string {
  return `create index outbox_by_age on ${checkIdentifier(schema)}.outbox using brin (created_at)`;
}

/** What an outbox need not keep: what was published a week ago. What is not published is kept for ever. */
export const outboxPruning: Pruning = Object.freeze({
  table: 'outbox',
  ageColumn: 'created_at',
  keepDays: 7,
  isOver: "published_at < now() - interval '7 days'",
});

/** Who notifies: the relay of the process that wrote looks first, and finds more at once when it takes its time. */
export function outboxWriter(): string {
  return `${hostname()}:${process.pid}`;
}

/** The channel on which writers wake the relays. */
export function outboxChannel(schema: string): string {
  return `${checkIdentifier(schema)}_outbox`;
}
