import type { DomainEvent } from '@storefront/schema/events/event.ts';
import { pointsChanged } from '@storefront/schema/events/points-changed.ts';
import { type Amount, toMoney } from '@storefront/schema/money.ts';

/** A message that an event left for a user. Ids are bigints as text. */
export interface Notification {
  readonly id: string;
  readonly userId: string;
  /** The type of the event, for example `order.created`. */
  readonly type: string;
  readonly message: string;
  readonly createdAt: Date;
}

/** What an event means for a user: a message, and what is earned or taken back for an order. */
export interface Notice {
  /** Null when the account was gone already when it happened. */
  readonly userId: string | null;
  readonly eventId: string;
  readonly type: string;
  readonly message: string;
  readonly points: PointsEntry | null;
  readonly at: Date;
}

/** Points for an order: earned once when it is confirmed, taken back once when a confirmed one is cancelled. Never 0. */
export interface PointsEntry {
  readonly orderId: string;
  readonly kind: 'earned' | 'taken-back';
  /** Above 0 when earned, below when taken back. */
  readonly change: number;
}

/** The points that a confirmed order earns; null for one that is too small for any. */
export function earn(orderId: string, total: Amount): PointsEntry | null {
  const change = pointsFor(total);
  return change === 0 ? null : { orderId, kind: 'earned', change };
}

/** What a confirmed order had earned, taken back; null when that was nothing. */
export function takeBack(orderId: string, total: Amount): PointsEntry | null {
  const change = pointsFor(total);
  return change === 0 ? null : { orderId, kind: 'taken-back', change: 0 - change };
}

/** Tells the user's devices and the other services that the points have changed. */
export function announcePoints(
  entry: PointsEntry,
  facts: { readonly userId: string; readonly balance: number; readonly eventId: string; readonly at: Date },
): DomainEvent {
  const { userId, balance, eventId, at } = facts;
  return pointsChanged.create({
    id: eventId,
    source: 'users',
    subject: userId,
    time: at,
    audience: [userId],
    data: { userId, orderId: entry.orderId, change: entry.change, balance },
  });
}

const rejectionTexts = {
  OUT_OF_STOCK: 'not enough is in stock',
  PRODUCT_UNAVAILABLE: 'a product is not for sale any more',
  TIMED_OUT: 'the stock was not confirmed in time',
} as const;

/** Why an order was rejected, as its event says it. */
export type RejectionReason = keyof typeof rejectionTexts;

/** One point for each whole unit (100 minor units) of money spent. */
export function pointsFor(total: Amount): number {
  return Math.floor(total.amountMinor / 100);
}

/** `Order 7 was placed: €12.50.` */
export function placedMessage(orderId: string, total: Amount): string {
  return `Order ${orderId} was placed: ${toMoney(total).formatted}.`;
}

/** `Order 7 was confirmed: €12.50. You earned 12 points.` */
export function confirmedMessage(orderId: string, total: Amount): string {
  return `Order ${orderId} was confirmed: ${toMoney(total).formatted}. You earned ${countPoints(pointsFor(total))}.`;
}

/** `Order 7 was rejected: not enough is in stock.` */
export function rejectedMessage(orderId: string, reason: RejectionReason): string {
  return `Order ${orderId} was rejected: ${rejectionTexts[reason]}.`;
}

/** `Order 7 was cancelled: changed my mind. 12 points were taken back.` */
export function cancelledMessage(orderId: string, reason: string | null, pointsTakenBack: number): string {
  const cause = reason?.trim().replace(/[.\s]+$/, '');
  const sentence = cause ? `Order ${orderId} was cancelled: ${cause}.` : `Order ${orderId} was cancelled.`;
  if (pointsTakenBack === 0) return sentence;
  return `${sentence} ${countPoints(pointsTakenBack)} ${pointsTakenBack === 1 ? 'was' : 'were'} taken back.`;
}

function countPoints(points: number): string {
  return points === 1 ? '1 point' : `${points} points`;
}
