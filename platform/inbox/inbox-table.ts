import { checkIdentifier } from '../postgres/connection.ts';

/** The SQL of a migration that creates the inbox of a service: which consumer has taken which event. */
export function inboxTableSql(schema: string): string {
  return `create table ${checkIdentifier(schema)}.inbox (
    consumer text not null,
    event_id text not null,
    received_at timestamptz not null default now(),
    primary key (consumer, event_id)
  )`;
}
