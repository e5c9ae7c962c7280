import { describe, expect, it } from '@jest/globals';
import { cancelledMessage, confirmedMessage, placedMessage, pointsFor, rejectedMessage } from './notification.ts';

const total = { amountMinor: 1250, currency: 'EUR' };

describe('a message', () => {
  it('says what was placed', () => {
    expect(placedMessage('7', total)).toBe('Order 7 was placed: €12.50.');
  });

  it('says what a confirmed order earned', () => {
    expect(confirmedMessage('7', total)).toBe('Order 7 was confirmed: €12.50. You earned 12 points.');
  });

  it('says why an order was rejected', () => {
    expect(rejectedMessage('7', 'OUT_OF_STOCK')).toBe('Order 7 was rejected: not enough is in stock.');
  });

  it.each([
    [null, 0, 'Order 7 was cancelled.'],
    ['changed my mind', 0, 'Order 7 was cancelled: changed my mind.'],
    ['Changed my mind.', 12, 'Order 7 was cancelled: Changed my mind. 12 points were taken back.'],
    [null, 1, 'Order 7 was cancelled. 1 point was taken back.'],
  ])('says that an order was cancelled (%j, %i points)', (reason, points, text) => {
    expect(cancelledMessage('7', reason, points)).toBe(text);
  });
});

describe('points', () => {
  it.each([
    [99, 0],
    [100, 1],
    [1250, 12],
  ])('for %i minor units are %i', (amountMinor, points) => {
    expect(pointsFor({ amountMinor, currency: 'EUR' })).toBe(points);
  });
});
