import type { Metrics } from '@storefront/platform/telemetry/metrics.ts';
import type { Seats } from '../guards/seats.ts';
import type { SharedExecutions } from './shared-executions.ts';
import type { Wakes } from './wakes.ts';

/** What is told of subscriptions. */
export function measureLive(
  metrics: Metrics,
  parts: {
    readonly seats: Pick<Seats, 'taken'>;
    readonly wakes: Pick<Wakes, 'listening'>;
    readonly executions: Pick<SharedExecutions, 'asked' | 'executed'>;
  },
): void {
  const { seats, wakes, executions } = parts;
  metrics.gauge({ name: 'live_subscriptions', help: 'Subscriptions that run.' }, () => wakes.listening);
  metrics.gauges({ name: 'live_connections', help: 'Open connections by kind.', labels: ['kind'] }, () =>
    (['socket', 'stream'] as const).map((kind) => ({ labels: { kind }, value: seats.taken(kind) })),
  );
  metrics.counter(
    { name: 'live_results_total', help: 'Results of events that subscribers were given.' },
    () => executions.asked,
  );
  metrics.counter(
    { name: 'live_executions_total', help: 'Executions that these results came from: equal ones are shared.' },
    () => executions.executed,
  );
}
