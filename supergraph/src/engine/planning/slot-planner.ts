import type { QueryPlan } from '@apollo/query-planner';
import { CodedError } from '@storefront/platform/errors/coded-error.ts';
import { print } from 'graphql';
import type { CompiledOperation, Draft, OperationCompiler } from './compile-operation.ts';
import type { KnownOperation } from './known-operations.ts';
import { type PlanCache, type PlanSlot, slotKey } from './plan-cache.ts';
import { estimateSizeBytes } from './plan-size.ts';
import { PlanningLost, type PlanningThreads } from './planning-threads.ts';

/** Gives the plan of one combination of flags and labels: at once when it is there, else it plans. Throws as `Planner.plan` does. */
export type PlanSlotOf = (
  known: KnownOperation,
  at: Pick<PlanSlot, 'flags' | 'labels'>,
  options?: {
    /** Plans in a thread whatever the size, after what requests wait for. */
    readonly isWarmUp?: boolean;
  },
) => CompiledOperation | Promise<CompiledOperation>;

/** How long what could not be planned is not tried again, so that it does not keep the threads busy. */
const refusedMs = 60_000;

/** Creates the planning of slots. Small operations are planned here, those of at least `bigFromSelections` in a thread. */
export function createSlotPlanner(
  deps: {
    readonly compiler: OperationCompiler;
    readonly cache: PlanCache;
    readonly threads: Pick<PlanningThreads, 'plan'>;
  },
  { bigFromSelections }: { readonly bigFromSelections: number },
): PlanSlotOf {
  const { compiler, cache, threads } = deps;
  const keep = (slot: PlanSlot, draft: Draft | null, plan: QueryPlan | null): CompiledOperation => {
    const compiled = compiler.compile(slot.of, draft, plan);
    if (slot.state.phase === 'new') cache.begin(slot);
    slot.state = { phase: 'ready', compiled };
    cache.keep(slot, estimateSizeBytes(slot.of, plan));
    return compiled;
  };
  const planInThread = (slot: PlanSlot, draft: Draft, isWarmUp: boolean): Promise<CompiledOperation> => {
    const overrides = overridesOf(slot);
    const promise = threads
      .plan({ source: print(draft.document), operationName: draft.operationName, overrides }, { isWarmUp })
      .catch((fault: unknown) => {
        if (fault instanceof PlanningLost && !fault.canRun) return compiler.planHere(draft, overrides);
        throw fault instanceof PlanningLost ? cannotPlan(fault) : fault;
      })
      .then((plan) => keep(slot, draft, plan));
    slot.state = { phase: 'planning', promise };
    cache.begin(slot);
    promise.catch((fault: unknown) => {
      slot.state = { phase: 'refused', fault, untilMs: performance.now() + refusedMs };
      if (isHeavy(fault)) cache.keep(slot, estimateSizeBytes(slot.of, null));
      else cache.drop(slot);
    });
    return promise;
  };
  return (known, at, { isWarmUp = false } = {}) => {
    const found = known.plans.get(slotKey(at));
    if (found?.state.phase === 'ready') {
      cache.touch(found);
      return found.state.compiled;
    }
    if (found?.state.phase === 'planning') return found.state.promise;
    if (found?.state.phase === 'refused' && performance.now() < found.state.untilMs) throw found.state.fault;
    const slot: PlanSlot = { of: known, ...at, uses: 1, state: { phase: 'new' } };
    const draft = compiler.draft(known, at.flags);
    if (!draft) return keep(slot, null, null);
    if (isWarmUp || draft.selections >= bigFromSelections) return planInThread(slot, draft, isWarmUp);
    return keep(slot, draft, compiler.planHere(draft, overridesOf(slot)));
  };
}

function overridesOf({ of, labels }: PlanSlot): readonly (readonly [string, boolean])[] {
  return of.labels.map(({ name }, at) => [name, labels[at] === '1'] as const);
}

function cannotPlan(cause: PlanningLost): CodedError {
  return new CodedError('SERVICE_UNAVAILABLE', 'The operation cannot be planned at the moment', { cause });
}

/** True when trying again would keep a thread busy, or kill it. */
function isHeavy(fault: unknown): boolean {
  return fault instanceof CodedError && (fault.code === 'DEADLINE_EXCEEDED' || fault.cause instanceof PlanningLost);
}
