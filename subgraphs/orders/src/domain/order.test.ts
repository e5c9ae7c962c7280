import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { cancel, type Change, confirm, type NotAllowed, type Order, reject } from './order.ts';

const PLACED_AT = new Date('2026-01-31T09:30:00.000Z');
const LATER = new Date('2026-01-31T09:31:00.000Z');

function anOrder(over: Partial<Order> = {}): Order {
  return {
    id: '7',
    status: 'PENDING',
    rejectionReason: null,
    buyerId: '1',
    currency: 'EUR',
    totalMinor: 2_500,
    placedAt: PLACED_AT,
    updatedAt: PLACED_AT,
    ...over,
  };
}

describe('an order', () => {
  it('is confirmed when it waits for its stock', () => {
    const change = confirm(anOrder(), LATER);

    expect(change).toEqual({
      phase: 'changed',
      order: anOrder({ status: 'CONFIRMED', updatedAt: LATER }),
      from: 'PENDING',
      transition: { from: 'PENDING', to: 'CONFIRMED', reason: null, at: LATER },
      events: [{ type: 'order.confirmed' }],
    });
  });

  it('keeps the reason of its rejection', () => {
    const change = reject(anOrder(), 'OUT_OF_STOCK', LATER);

    expect(change).toMatchObject({
      order: { status: 'REJECTED', rejectionReason: 'OUT_OF_STOCK' },
      transition: { from: 'PENDING', to: 'REJECTED', reason: 'OUT_OF_STOCK' },
      events: [{ type: 'order.rejected', reason: 'OUT_OF_STOCK' }],
    });
  });

  it.each([
    { status: 'PENDING', wasConfirmed: false },
    { status: 'CONFIRMED', wasConfirmed: true },
  ] as const)('tells on cancellation whether it had been confirmed: $status', ({ status, wasConfirmed }) => {
    const change = cancel(anOrder({ status }), 'changed my mind', LATER);

    expect(change).toMatchObject({
      order: { status: 'CANCELLED', rejectionReason: null },
      events: [{ type: 'order.cancelled', reason: 'changed my mind', wasConfirmed }],
    });
  });

  it('does not leave a final status', () => {
    const final = [anOrder({ status: 'REJECTED', rejectionReason: 'TIMED_OUT' }), anOrder({ status: 'CANCELLED' })];

    const outcomes = final.flatMap((order) => [
      confirm(order, LATER),
      reject(order, 'OUT_OF_STOCK', LATER),
      cancel(order, null, LATER),
    ]);

    expect(new Set(outcomes.map(({ phase }) => phase))).toEqual(new Set(['not-allowed']));
  });

  it('follows the model of its life whatever is tried, in whatever order, however often', () => {
    const allowed: Record<string, readonly string[]> = {
      PENDING: ['CONFIRMED', 'REJECTED', 'CANCELLED'],
      CONFIRMED: ['CANCELLED'],
      REJECTED: [],
      CANCELLED: [],
    };
    const attempts: Record<string, (order: Order) => Change | NotAllowed> = {
      CONFIRMED: (order) => confirm(order, LATER),
      REJECTED: (order) => reject(order, 'TIMED_OUT', LATER),
      CANCELLED: (order) => cancel(order, null, LATER),
    };

    fc.assert(
      fc.property(fc.array(fc.constantFrom(...Object.keys(attempts)), { maxLength: 8 }), (targets) => {
        let order = anOrder();
        const history: string[] = ['PENDING'];
        for (const target of targets) {
          const outcome = attempts[target]?.(order);
          const isAllowed = allowed[order.status]?.includes(target);
          expect(outcome?.phase).toBe(isAllowed ? 'changed' : 'not-allowed');
          if (outcome?.phase !== 'changed') continue;
          expect(outcome.transition.from).toBe(history.at(-1));
          expect(outcome.events).toHaveLength(1);
          order = outcome.order;
          history.push(order.status);
        }
        expect(history.length).toBeLessThanOrEqual(3);
        expect(order.rejectionReason !== null).toBe(order.status === 'REJECTED');
      }),
    );
  });
});
