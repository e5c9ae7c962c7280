import { backOffMs } from '@storefront/platform/back-off/back-off.ts';
import type { Mail, MailQueue, Postman } from './ports.ts';

/** What sending mails needs. */
export interface SendMailsDeps {
  readonly mails: MailQueue;
  readonly postman: Postman;
}

/** From a second to an hour; fourteen tries take two to four hours. */
const PAUSES = { firstMs: 1_000, longestMs: 3_600_000 };
const MOST_TRIES = 14;

/**
 * Sends up to `limit` mails that are due, and returns how many were. Each is sent at least once, and again only when this
 * process ends between the mail server's word and ours; its Message-ID is the same then.
 */
export async function sendMails(deps: SendMailsDeps, limit: number): Promise<number> {
  const due = await deps.mails.claim(limit);
  await Promise.all(due.map((mail) => send(deps, mail)));
  return due.length;
}

async function send({ mails, postman }: SendMailsDeps, mail: Mail): Promise<void> {
  const answer = await postman.deliver(mail);
  if (answer === 'delivered') return mails.settle(mail.id, 'sent');
  if (answer === 'refused' || mail.attempts + 1 >= MOST_TRIES) return mails.settle(mail.id, 'failed');
  return mails.settle(mail.id, { retryAfterMs: backOffMs(mail.attempts + 1, PAUSES) });
}
