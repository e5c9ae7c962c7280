import type { EntityManager } from '@mikro-orm/postgresql';
import type { ClaimState, IdempotencyClaim } from '../use-cases/ports.ts';
import { OrderEntity } from './entities.ts';
import { toOrder } from './rows.ts';

/** The name of the advisory lock that belongs to whoever gives a key its order. */
export function lockNameOf({ scope, key }: IdempotencyClaim): string {
  return JSON.stringify([scope, key]);
}

/** Takes the right to use a key until the running transaction ends; false, at once, when another transaction has it. */
export async function tryLockClaim(em: EntityManager, claim: IdempotencyClaim): Promise<boolean> {
  const sql = 'select pg_try_advisory_xact_lock(hashtextextended(?, 0)) as locked';
  const [row] = await em.execute<{ locked: boolean }[]>(sql, [lockNameOf(claim)]);
  return row?.locked === true;
}

/** Looks up what a key was used for. The order keeps it, for as long as there is the order. */
export async function readClaim(em: EntityManager, { scope, key, fingerprint }: IdempotencyClaim): Promise<ClaimState> {
  const where = { idempotencyScope: scope, idempotencyKey: key };
  const row = await em.findOne(OrderEntity, where, { disableIdentityMap: true });
  if (row === null) return { phase: 'free' };
  return row.idempotencyFingerprint === fingerprint ? { phase: 'answered', order: toOrder(row) } : { phase: 'reused' };
}
