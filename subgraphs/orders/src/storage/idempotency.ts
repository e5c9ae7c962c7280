import type { EntityManager } from '@mikro-orm/postgresql';
import type { ClaimState, IdempotencyClaim } from '../use-cases/ports.ts';
import { OrderEntity } from './entities.ts';
import { toOrder } from './rows.ts';

/** The name of the advisory lock that belongs to whoever gives a key its order. */
export function lockNameOf({ scope, key }: Pick<IdempotencyClaim, 'scope' | 'key'>): string {
  return JSON.stringify([scope, key]);
}

/** Looks up what a key was used for. The order keeps it, for as long as there is the order. */
export async function readClaim(em: EntityManager, { scope, key, fingerprint }: IdempotencyClaim): Promise<ClaimState> {
  const where = { idempotencyScope: scope, idempotencyKey: key };
  const row = await em.findOne(OrderEntity, where, { disableIdentityMap: true });
  if (row === null) return { phase: 'free' };
  return row.idempotencyFingerprint === fingerprint ? { phase: 'answered', order: toOrder(row) } : { phase: 'reused' };
}
