import type { EntityManager } from '@mikro-orm/postgresql';
import type { ClaimState, IdempotencyClaim } from '../use-cases/ports.ts';
import { IdempotencyKeyEntity, OrderEntity } from './entities.ts';
import { toOrder } from './rows.ts';

/**
 * Takes the right to use a key until the running transaction ends; false, at once, when another transaction has it.
 * Source: postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
 */
export async function tryLockClaim(em: EntityManager, { scope, key }: IdempotencyClaim): Promise<boolean> {
  const name = JSON.stringify([scope, key]);
  const sql = 'select pg_try_advisory_xact_lock(hashtextextended(?, 0)) as locked';
  const [row] = await em.execute<{ locked: boolean }[]>(sql, [name]);
  return row?.locked === true;
}

/** Looks up what a key was used for. */
export async function readClaim(em: EntityManager, claim: IdempotencyClaim): Promise<ClaimState> {
  const { scope, key, fingerprint } = claim;
  const fresh = { disableIdentityMap: true } as const;
  const used = await em.findOne(IdempotencyKeyEntity, { scope, key }, fresh);
  if (used === null) return { phase: 'free' };
  if (used.fingerprint !== fingerprint) return { phase: 'reused' };
  const row = await em.findOneOrFail(OrderEntity, { id: used.orderId }, fresh);
  return { phase: 'answered', order: toOrder(row) };
}

/** Records in the running transaction that a key was used for an order. */
export async function saveClaim(
  em: EntityManager,
  claim: IdempotencyClaim,
  use: { orderId: string; at: Date },
): Promise<void> {
  await em.insert(IdempotencyKeyEntity, { ...claim, orderId: use.orderId, createdAt: use.at });
}
