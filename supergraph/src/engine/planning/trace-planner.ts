import type { Tracer } from '@storefront/platform/telemetry/tracer.ts';
import type { Planner } from '../plan.ts';

/** The same planning, with a span for each plan that an operation asks for, in the course of that operation. */
export function tracePlanning(plan: Planner['plan'], tracer: Tracer): Planner['plan'] {
  return (known, variables) => {
    const before = known.plans.size;
    const span = tracer.start('plan');
    const settle = () => {
      span.set({ 'storefront.plan.cached': known.plans.size === before });
      span.end();
    };
    try {
      const planned = plan(known, variables);
      if (planned instanceof Promise) {
        planned.then(settle, (fault: unknown) => {
          span.fail(fault);
          span.end();
        });
      } else settle();
      return planned;
    } catch (fault) {
      span.fail(fault);
      span.end();
      throw fault;
    }
  };
}
