import { describeFault } from '@storefront/platform/errors/coded-error.ts';
import type { Log } from '@storefront/platform/log/log.ts';
import { createTransport } from 'nodemailer';
import type { Mail, Postman } from '../use-cases/ports.ts';

/** A postman that holds connections. Whoever opens it closes it. */
export interface OpenPostman extends Postman {
  close(): void;
}

/** Where the mail server is, and who writes. */
export interface SmtpOptions {
  /** `smtp://` or `smtps://`, with user and password when it needs them. */
  readonly url: string;
  /** For example `Storefront <no-reply@example.org>`. */
  readonly from: string;
}

const TIMEOUT_MS = 10_000;

const subjects: ReadonlyMap<string, string> = new Map([
  ['order.created', 'We have your order'],
  ['order.confirmed', 'Your order is confirmed'],
  ['order.rejected', 'Your order cannot be fulfilled'],
  ['order.cancelled', 'Your order is cancelled'],
]);

/**
 * A postman for a mail server, over up to two connections, each wait with an end of 10 s. The Message-ID is made of the
 * event's id, so that a mail that is sent again can be told for what it is. Source: RFC 5321 section 4.2.1, RFC 5322
 */
export function openSmtpPostman({ log }: { readonly log: Log }, { url, from }: SmtpOptions): OpenPostman {
  const transport = createTransport({
    url,
    pool: true,
    maxConnections: 2,
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
  });
  const domain = /@([^>\s]+)>?$/.exec(from)?.[1] ?? 'storefront.invalid';
  return {
    deliver: async ({ to, type, text, eventId }: Mail) => {
      const subject = subjects.get(type) ?? 'News from the shop';
      try {
        await transport.sendMail({ from, to, subject, text, messageId: `<${eventId}@${domain}>` });
        return 'delivered';
      } catch (fault) {
        const isRefused = isPermanent(fault);
        log.warn({ eventId, isRefused, cause: describeFault(fault) }, 'a mail was not taken');
        return isRefused ? 'refused' : 'away';
      }
    },
    close: () => transport.close(),
  };
}

/** A reply of 5xx about the mail is final; one about our credentials is a fault of the house, which somebody may mend. */
function isPermanent(fault: unknown): boolean {
  if (typeof fault !== 'object' || fault === null || !('responseCode' in fault)) return false;
  const isAboutUs = 'code' in fault && fault.code === 'EAUTH';
  return !isAboutUs && Number(fault.responseCode) >= 500;
}
