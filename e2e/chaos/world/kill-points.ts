import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where a service dies: before or after a statement, named as in the code (`place-order`) or by how it begins. */
export interface KillPoint {
  readonly service: 'orders' | 'products';
  readonly moment: 'before' | 'after';
  readonly statement: string;
  /** What it means for an order that is under way. */
  readonly says: string;
}

/** Every step of the saga that can be done without the others knowing. */
export const killPoints: readonly KillPoint[] = [
  { service: 'orders', moment: 'before', statement: 'place-order', says: 'an order is asked for' },
  { service: 'orders', moment: 'after', statement: 'place-order', says: 'it is stored, and neither told nor answered' },
  { service: 'orders', moment: 'before', statement: 'update outbox', says: 'it is told, and that is not written down' },
  { service: 'products', moment: 'before', statement: 'reserve-batch', says: 'products has heard of it' },
  {
    service: 'products',
    moment: 'after',
    statement: 'reserve-batch',
    says: 'its pieces are set aside, not acknowledged',
  },
  { service: 'products', moment: 'before', statement: 'update outbox', says: 'that is told, and not written down' },
  { service: 'orders', moment: 'before', statement: 'settle-orders', says: 'orders has heard of its pieces' },
  {
    service: 'orders',
    moment: 'after',
    statement: 'settle-orders',
    says: 'it is confirmed, not acknowledged, not told',
  },
  { service: 'products', moment: 'before', statement: 'sell-batch', says: 'products has heard that it is confirmed' },
  { service: 'products', moment: 'after', statement: 'sell-batch', says: 'its pieces are sold, not acknowledged' },
];

/** The file in a state folder that tells services where to die. */
export const pointFile = (state: string): string => join(state, 'kill-point.json');

/** What services need in their environment to die when they are told to. */
export function killPointEnvironment(state: string): NodeJS.ProcessEnv {
  const program = new URL('../children/die-when-told.ts', import.meta.url).href;
  return { NODE_OPTIONS: `--import=${program}`, CHAOS_POINT: pointFile(state) };
}

/** Chooses the point for the next process that is told to die. */
export function choosePoint(state: string, point: KillPoint): void {
  writeFileSync(pointFile(state), JSON.stringify(point));
}
