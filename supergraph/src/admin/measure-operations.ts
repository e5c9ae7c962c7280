import { createBoundedNames } from '@storefront/platform/telemetry/bounded-names.ts';
import { usualSeconds } from '@storefront/platform/telemetry/durations.ts';
import type { Metrics } from '@storefront/platform/telemetry/metrics.ts';

/** What is counted of an operation that has ended. */
export interface EndedOperation {
  readonly operationName: string | null;
  readonly operationType: string | null;
  /** The REST route; such an operation is one of our own. */
  readonly route?: string | undefined;
  readonly ms: number;
  readonly outcome: string;
  readonly errorCodes: readonly string[];
}

const maxNames = 60;
const maxCodes = 60;

/**
 * Counts operations of every transport: how many, how long, and how they ended, by name. A subscription counts when it ends, and
 * its time is not among those of the others. The labels are bounded: names and codes that come too late are `other`.
 */
export function measureOperations(metrics: Metrics): (operation: EndedOperation) => void {
  const nameOf = createBoundedNames(maxNames);
  const codeOf = createBoundedNames(maxCodes);
  const took = metrics.histogram(
    {
      name: 'graphql_operation_seconds',
      help: 'How long operations took, by how they ended: ok, errors, refused, failed, aborted.',
      labels: ['operation', 'type', 'outcome'],
    },
    usualSeconds,
  );
  const subscriptions = metrics.counter({
    name: 'graphql_subscriptions_ended_total',
    help: 'Subscriptions that have ended.',
    labels: ['operation', 'outcome'],
  });
  const errors = metrics.counter({
    name: 'graphql_errors_total',
    help: 'Operations that met an error of this code.',
    labels: ['code'],
  });
  return ({ operationName, operationType, route, ms, outcome, errorCodes }) => {
    const operation = nameOf(operationName, route !== undefined);
    if (operationType === 'subscription') subscriptions.add({ operation, outcome });
    else took.observe(ms / 1_000, { operation, type: operationType ?? 'none', outcome });
    for (const code of errorCodes) errors.add({ code: codeOf(code) });
  };
}
