import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { AddressInfo } from 'node:net';
import { until } from '@storefront/platform/testing/until.ts';
import { orderConfirmed } from '@storefront/schema/events/order-confirmed.ts';
import { testPublished } from '@storefront/schema/events/test-published.ts';
import { SMTPServer } from 'smtp-server';
import { anEvent } from '../testing/events.ts';
import { startTestService, type TestService } from '../testing/start-test-service.ts';

interface Received {
  readonly to: string;
  readonly text: string;
}

let service: TestService;
let server: SMTPServer;
const received: Received[] = [];
/** What the server says to a recipient: undefined takes the mail. */
let answer: (address: string) => { readonly code: number } | undefined = () => undefined;

beforeAll(async () => {
  server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onRcptTo: ({ address }, _session, done) => {
      const refusal = answer(address);
      done(refusal && Object.assign(new Error('no'), { responseCode: refusal.code }));
    },
    onData: (stream, { envelope }, done) => {
      let text = '';
      stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
      stream.on('end', () => {
        received.push({ to: envelope.rcptTo.map(({ address }) => address).join(), text });
        done();
      });
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  service = await startTestService({ SMTP_URL: `smtp://127.0.0.1:${port}`, MAIL_FROM: 'Shop <shop@example.org>' });
});
afterAll(async () => {
  await service.close();
  await new Promise<void>((resolve) => server.close(resolve));
});
beforeEach(() => {
  received.length = 0;
  answer = () => undefined;
});

const total = { amountMinor: 1_250, currency: 'EUR' };

describe('a notification', () => {
  it('is mailed to its user, once, with the id of its event', async () => {
    const event = anEvent(orderConfirmed, { orderId: '7', buyerId: '1', total });

    await service.bus.publish(event, 'orders');
    await service.bus.publish(event, 'orders');
    await service.bus.publish(anEvent(testPublished, { userId: '2', message: 'after it' }), 'orders');
    await until(() => received.some(({ to }) => to === 'bob@example.org'));

    const mails = received.filter(({ to }) => to === 'ada@example.org');
    expect(mails).toHaveLength(1);
    expect(mails[0]?.text).toContain('From: Shop <shop@example.org>');
    expect(mails[0]?.text).toContain('Subject: Your order is confirmed');
    expect(mails[0]?.text).toContain(`Message-ID: <${event.id}@example.org>`);
    expect(mails[0]?.text).toContain('You earned 12 points.');
  });

  it('is mailed again later when the server cannot take it now', async () => {
    let tries = 0;
    answer = () => {
      tries += 1;
      return tries === 1 ? { code: 451 } : undefined;
    };

    await service.bus.publish(anEvent(testPublished, { userId: '1', message: 'patience' }), 'orders');

    await until(() => received.length > 0, { timeoutMs: 10_000 });
    expect(tries).toBe(2);
  });

  it('is not mailed again when the server will never take it', async () => {
    const tried: string[] = [];
    answer = (address) => {
      tried.push(address);
      return address.startsWith('ada') ? { code: 550 } : undefined;
    };

    await service.bus.publish(anEvent(testPublished, { userId: '1', message: 'in vain' }), 'orders');
    await until(() => tried.length === 1);
    await service.bus.publish(anEvent(testPublished, { userId: '2', message: 'after it' }), 'orders');
    await until(() => received.length === 1);

    expect(await mailOf('in vain')).toBe('failed');
  });
});

async function mailOf(message: string): Promise<unknown> {
  const rows = await service.query<{ mail: string }>('select mail from users.notifications where message = ?', [
    message,
  ]);
  return rows[0]?.mail;
}
