import type { Postgres } from '@storefront/platform/postgres/open.ts';
import type { Mail, MailQueue } from '../use-cases/ports.ts';
import { schemaName } from './entities.ts';

const LEASE_SECONDS = 60;

interface Row {
  readonly id: string;
  readonly event_id: string;
  readonly type: string;
  readonly message: string;
  readonly mail_attempts: number;
  readonly name: string;
  readonly email: string;
}

/** The notifications that wait to be mailed. Replicas take different ones. */
export function createMailQueue({ postgres }: { readonly postgres: Pick<Postgres, 'fork'> }): MailQueue {
  return {
    claim: async (limit) => {
      const rows = await postgres.fork().execute<Row[]>(claimSql, [limit, LEASE_SECONDS]);
      return rows.map(toMail);
    },
    settle: async (id, outcome) => {
      const isOver = outcome === 'sent' || outcome === 'failed';
      await postgres.fork().execute(
        `update ${schemaName}.notifications set mail = ?, mail_attempts = mail_attempts + 1,
           mail_due_at = case when ?::integer is not null then now() + make_interval(secs => ? / 1000.0) end
         where id = ? and mail = 'waiting'`,
        [
          isOver ? outcome : 'waiting',
          ...(isOver ? [null, 0] : [Math.ceil(outcome.retryAfterMs), Math.ceil(outcome.retryAfterMs)]),
          id,
        ],
      );
    },
  };
}

const claimSql = `
  with due as (
    select id from ${schemaName}.notifications where mail = 'waiting' and mail_due_at <= now()
    order by mail_due_at limit ? for update skip locked
  )
  update ${schemaName}.notifications set mail_due_at = now() + make_interval(secs => ?)
  from due, ${schemaName}.users where notifications.id = due.id and users.id = notifications.user_id
  returning notifications.id, notifications.event_id, notifications.type, notifications.message,
    notifications.mail_attempts, users.name, users.email`;

function toMail({ id, event_id: eventId, type, message, mail_attempts: attempts, name, email }: Row): Mail {
  return { id, eventId, type, to: { name, address: email }, text: message, attempts };
}
