import { setImmediate } from 'node:timers/promises';
import { describeFault } from '@storefront/platform/errors/coded-error.ts';
import type { Log } from '@storefront/platform/log/log.ts';
import { type GraphQLSchema, validate } from 'graphql';
import type { Signal } from '../../subgraphs/signal.ts';
import type { KnownOperations } from './known-operations.ts';
import type { PlanSlot } from './plan-cache.ts';
import type { PlanSlotOf } from './slot-planner.ts';

/**
 * Plans what was busy in another graph for this one, one after the other, in a thread, and gives way to requests in between.
 * What does not fit this graph, or cannot be planned, is left out. Ends early when the signal is aborted.
 */
export async function warmUp(
  deps: {
    readonly schema: GraphQLSchema;
    readonly operations: KnownOperations;
    readonly planSlot: PlanSlotOf;
    readonly log: Log;
  },
  busy: readonly PlanSlot[],
  signal: Signal,
): Promise<{ readonly planned: number }> {
  const ended = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve());
  });
  let planned = 0;
  for (const slot of busy) {
    if (signal.aborted) break;
    try {
      await Promise.race([planOne(deps, slot), ended]);
      planned += 1;
    } catch (fault) {
      deps.log.debug({ fault: describeFault(fault) }, 'an operation was not planned before the graph was changed');
    }
    await setImmediate();
  }
  return { planned };
}

async function planOne(
  { schema, operations, planSlot }: Parameters<typeof warmUp>[0],
  { of, flags, labels, uses }: PlanSlot,
): Promise<void> {
  const { document, hash, operationName, caller } = of;
  const [misfit] = validate(schema, document, undefined, { maxErrors: 1 });
  if (misfit) throw misfit;
  const known = operations.find({ document, hash, operationName, caller });
  const wasSet = new Map(of.labels.map(({ name }, at) => [name, labels[at]]));
  const at = { flags, labels: known.labels.map(({ name }) => wasSet.get(name) ?? '0').join('') };
  await planSlot(known, at, { isWarmUp: true });
  const slot = known.plans.get(at.flags + at.labels);
  if (slot) slot.uses = Math.floor(uses / 2);
}
