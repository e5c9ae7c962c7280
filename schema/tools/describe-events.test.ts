import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { eventCatalog } from '../events/catalog.ts';
import { orderCreated } from '../events/order-created.ts';
import { eventQueues } from '../events/queues.ts';
import { describeEvents } from './describe-events.ts';

const load = createRequire(import.meta.url);
const document = describeEvents(new Map([['order.created', 'An order was placed.']]));

/** `meta: false` for a schema that brings the schema of schemas along. */
function validator(options: { meta?: false } = {}) {
  const ajv = new Ajv({ strict: false, allErrors: true, validateSchema: false, ...options });
  addFormats.default(ajv);
  return ajv;
}

describe('the description of the events', () => {
  it('is an AsyncAPI 3 document', () => {
    const validate = validator({ meta: false }).compile(load('@asyncapi/specs/schemas/3.0.0.json') as object);

    const isValid = validate(JSON.parse(JSON.stringify(document)));

    expect(validate.errors).toBeNull();
    expect(isValid).toBe(true);
  });

  it('has a message for each event, and a channel and a receiver for each queue', () => {
    expect(Object.values(document.components.messages).map(({ name }) => name)).toEqual([...eventCatalog.keys()]);
    for (const { queue } of eventQueues) {
      expect(Object.values(document.channels).map(({ address }) => address)).toContain(queue);
    }
    expect(document.operations).toMatchObject({
      productsStockReceives: { action: 'receive', channel: { $ref: '#/channels/productsStock' } },
      ordersSends: { action: 'send', channel: { $ref: '#/channels/orders' } },
    });
    expect(document.components.messages['orderCreated']).toMatchObject({ summary: 'An order was placed.' });
  });

  it('describes events as they are sent', () => {
    const total = { amountMinor: 1_250, currency: 'EUR' };
    const event = orderCreated.create({
      id: '019aabbb-0000-7000-8000-000000000000',
      source: 'orders',
      subject: '7',
      time: new Date(),
      audience: ['1'],
      data: {
        orderId: '7',
        buyerId: null,
        lines: [{ productId: '1', quantity: 1, unitPrice: total }],
        total,
        placedAt: new Date().toISOString(),
      },
    });
    const payload = document.components.messages['orderCreated']?.payload;
    const validate = validator().compile({ ...payload, components: document.components });

    const answers = [
      validate(JSON.parse(JSON.stringify(event))),
      validate({ ...event, type: 'order.confirmed' }),
      validate({ ...event, data: { ...event.data, lines: [] } }),
      validate({ ...event, audience: undefined, subject: 7 }),
    ];

    expect(answers).toEqual([true, false, false, false]);
  });
});
