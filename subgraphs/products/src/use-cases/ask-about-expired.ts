import type { Announcer, Clock, ReservationLedger } from './ports.ts';

/** What asking needs; an order that does not answer is asked about again after `reservationMs`. */
export interface AskAboutExpiredDeps {
  readonly ledger: Pick<ReservationLedger, 'extendExpired'>;
  readonly announce: Pick<Announcer, 'stockExpired'>;
  readonly clock: Clock;
  readonly reservationMs: number;
}

/**
 * Asks orders about up to `limit` orders whose pieces have been set aside for too long, and returns how many. The pieces
 * stay set aside until orders tells the order's end: to release them here could take them from an order that is confirmed
 * this very moment.
 */
export function askAboutExpired(
  { ledger, announce, clock, reservationMs }: AskAboutExpiredDeps,
  limit: number,
): Promise<number> {
  const now = clock.now();
  const again = new Date(now.getTime() + reservationMs);
  return ledger.extendExpired({ now, again, limit }, announce.stockExpired);
}
