import { LRUCache } from 'lru-cache';
import type { CompiledOperation } from './compile-operation.ts';
import type { KnownOperation, KnownOperations } from './known-operations.ts';

/** One plan of an operation: for one combination of its flags and labels, each text a `1` or `0` for each of them. */
export interface PlanSlot {
  readonly of: KnownOperation;
  readonly flags: string;
  readonly labels: string;
  /** How often it was used; half of that goes over to the next graph. */
  uses: number;
  state: PlanState;
}

/** A fault is remembered for a while, so that an operation that cannot be planned does not keep the threads busy. */
export type PlanState =
  | { readonly phase: 'new' }
  | { readonly phase: 'planning'; readonly promise: Promise<CompiledOperation> }
  | { readonly phase: 'ready'; readonly compiled: CompiledOperation }
  | { readonly phase: 'refused'; readonly fault: unknown; readonly untilMs: number };

/** The plans of one graph. */
export interface PlanCache {
  /** Lets a plan be found from now on, while it is made; what makes it must say how it ended: `keep` or `drop`. */
  begin(slot: PlanSlot): void;
  /** Keeps a plan, or the fault that it met; what was not used for longest goes. */
  keep(slot: PlanSlot, sizeBytes: number): void;
  drop(slot: PlanSlot): void;
  /** Says that a plan is used. */
  touch(slot: PlanSlot): void;
  /** The plans by use, most used first. */
  busiest(most: number): readonly PlanSlot[];
  readonly plans: number;
  readonly sizeBytes: number;
}

/** Keeps plans of up to `maxBytes` altogether, and with them their operations findable. One that is bigger alone is not kept. */
export function createPlanCache(operations: KnownOperations, maxBytes: number): PlanCache {
  const drop = (slot: PlanSlot) => {
    const { plans } = slot.of;
    if (plans.get(slotKey(slot)) === slot) plans.delete(slotKey(slot));
    operations.release(slot.of);
  };
  const kept = new LRUCache<PlanSlot, true>({
    maxSize: maxBytes,
    dispose: (_, slot, reason) => {
      if (reason !== 'set') drop(slot);
    },
  });
  return {
    begin(slot) {
      operations.retain(slot.of);
      slot.of.plans.set(slotKey(slot), slot);
    },
    keep(slot, sizeBytes) {
      kept.set(slot, true, { size: sizeBytes });
      if (!kept.has(slot)) drop(slot);
    },
    drop,
    touch(slot) {
      slot.uses += 1;
      kept.get(slot);
    },
    busiest: (most) =>
      [...kept.keys()]
        .filter(({ state }) => state.phase === 'ready')
        .toSorted((one, other) => other.uses - one.uses)
        .slice(0, most),
    get plans() {
      return kept.size;
    },
    get sizeBytes() {
      return kept.calculatedSize;
    },
  };
}

/** Names a plan among those of its operation. */
export function slotKey({ flags, labels }: Pick<PlanSlot, 'flags' | 'labels'>): string {
  return flags + labels;
}
