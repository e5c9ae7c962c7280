import { checkIdentifier } from '../postgres/connection.ts';

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

/** The channel on which writers wake the relays. */
export function outboxChannel(schema: string): string {
  return `${checkIdentifier(schema)}_outbox`;
}
