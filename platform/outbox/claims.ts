/**
 * How relays share an outbox and keep order.
 *
 * The head of a subject is its earliest row that is not published. A relay claims heads, and only heads: it locks them
 * with FOR UPDATE SKIP LOCKED and gives each a lease, `not_before` 30 s ahead, in one statement that commits at once. The
 * head's lease stands for the whole subject: as long as the head is not published no later row of the subject is a head,
 * so no other relay takes one. The relay may therefore send the rows behind its heads too, each after the one before it.
 * `settle` marks everything that was sent in one statement, so that the subject never shows a new head while its relay
 * still sends. A row that failed becomes the head and carries a pause of its own.
 *
 * A relay that dies leaves its leases to run out: others then send what it sent and did not mark. A relay sends nothing
 * when 20 s of its lease are over. So nothing is lost, some comes twice, and the order of a subject is broken only by a
 * repetition (a relay that stood still for the rest of its lease between deciding to send and sending).
 */
import type { EntityManager } from '@mikro-orm/postgresql';
import type { DomainEvent } from '@storefront/schema/events/event.ts';
import type { Backlog } from './watch-backlog.ts';

/** How long a claim keeps others away. */
export const LEASE_MS = 30_000;

/**
 * Claims and outcomes need not reach the disk: what a crash of the server takes of them is sent again. True, and as a
 * side effect the running statement's commit does not wait. Source: postgresql.org/docs/current/wal-async-commit.html
 */
const COMMITS_WITHOUT_WAITING = "(select set_config('synchronous_commit', 'off', true)) = 'off'";

/** How long after a claim its rows may be sent. */
export const SENDING_TIME_MS = 20_000;

/** A row that a relay may send now. */
export interface ClaimedMessage {
  readonly id: string;
  readonly subject: string;
  readonly exchange: string;
  readonly attempts: number;
  readonly event: DomainEvent;
}

/** What became of a batch. */
export interface Settlement {
  readonly publishedIds: readonly string[];
  /** Sent in vain, each with the pause before it may be tried again. */
  readonly failed: readonly { readonly id: string; readonly pauseMs: number }[];
  /** Claimed and not tried: free at once. */
  readonly untriedIds: readonly string[];
}

/** Claims up to `limit` rows and returns them in their order. */
export async function claim(em: EntityManager, limit: number): Promise<ClaimedMessage[]> {
  const rows = await em.execute<(ClaimedMessage & { position: string })[]>(
    `with heads as (
       select id, subject, position from outbox candidate
       where published_at is null and (not_before is null or not_before <= now()) and ${COMMITS_WITHOUT_WAITING}
         and not exists (
           select from outbox earlier
           where earlier.subject = candidate.subject and earlier.published_at is null
             and earlier.position < candidate.position)
       order by position limit ? for update skip locked
     ), leases as (
       update outbox set not_before = now() + make_interval(secs => ?) from heads where outbox.id = heads.id
     )
     select outbox.id, outbox.subject, outbox.exchange, outbox.attempts, outbox.event, outbox.position
     from heads join outbox on outbox.subject = heads.subject and outbox.position >= heads.position
     where outbox.published_at is null
     order by (outbox.id = heads.id) desc, outbox.position limit ?`,
    [limit, LEASE_MS / 1_000, limit],
  );
  return rows.sort((a, b) => Number(BigInt(a.position) - BigInt(b.position)));
}

/** Writes down what became of a claimed batch and gives up its leases, in one statement. */
export async function settle(em: EntityManager, { publishedIds, failed, untriedIds }: Settlement): Promise<void> {
  await em.execute(
    `update outbox set
       published_at = case when outcome.pause_ms = -1 then now() end,
       not_before = case when outcome.pause_ms > 0 then now() + make_interval(secs => outcome.pause_ms / 1000.0) end,
       attempts = attempts + outcome.tries
     from jsonb_to_recordset(?::jsonb) as outcome(id uuid, pause_ms integer, tries integer)
     where outbox.id = outcome.id and outbox.published_at is null and ${COMMITS_WITHOUT_WAITING}`,
    [
      JSON.stringify([
        ...publishedIds.map((id) => ({ id, pause_ms: -1, tries: 1 })),
        ...failed.map(({ id, pauseMs }) => ({ id, pause_ms: Math.ceil(pauseMs), tries: 1 })),
        ...untriedIds.map((id) => ({ id, pause_ms: 0, tries: 0 })),
      ]),
    ],
    'run',
  );
}

/** Looks what waits in the outbox. A row that was sent and still waits was given back: no queue took it. */
export async function measurePending(em: EntityManager): Promise<Backlog> {
  const [row] = await em.execute<{ pending: string; unroutable: string; age_ms: string | null }[]>(
    `select count(*) as pending, count(*) filter (where attempts > 0) as unroutable,
       extract(epoch from now() - min(created_at)) * 1000 as age_ms
     from outbox where published_at is null`,
  );
  return {
    pending: Number(row?.pending ?? 0),
    unroutable: Number(row?.unroutable ?? 0),
    oldestAgeMs: Math.max(0, Number(row?.age_ms ?? 0)),
  };
}
