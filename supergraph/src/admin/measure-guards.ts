import type { Metrics } from '@storefront/platform/telemetry/metrics.ts';
import type { AdaptiveLimit } from '../guards/adaptive-limit.ts';
import type { RateLimiter } from '../guards/rate-limit.ts';

/** What is told of those who were let in, and of those who were not. */
export function measureGuards(
  metrics: Metrics,
  {
    limiter,
    shedding,
  }: { readonly limiter: Pick<RateLimiter, 'figures'>; readonly shedding: Pick<AdaptiveLimit, 'state'> | null },
): void {
  metrics.counters(
    { name: 'rate_limit_charges_total', help: 'Charges to a rate limit: allowed, refused.', labels: ['outcome'] },
    () => {
      const { allowed, refused } = limiter.figures;
      return Object.entries({ allowed, refused }).map(([outcome, value]) => ({ labels: { outcome }, value }));
    },
  );
  metrics.counter(
    { name: 'rate_limit_alone_total', help: 'Charges that this process judged alone: Redis did not answer.' },
    () => limiter.figures.alone,
  );
  metrics.gauge({ name: 'rate_limit_alone', help: '1 while Redis does not answer.' }, () =>
    Number(limiter.figures.isAlone),
  );
  if (shedding === null) return;
  metrics.gauge(
    { name: 'requests_in_flight', help: 'Requests of the graph under way.' },
    () => shedding.state.inFlight,
  );
  metrics.gauge(
    { name: 'requests_limit', help: 'How many may be: found out by trying, see docs/resilience.md.' },
    () => shedding.state.limit,
  );
  metrics.counters(
    {
      name: 'requests_shed_total',
      help: 'Requests that were refused since too much was under way: bulk (clients beyond their share), limit (all others).',
      labels: ['reason'],
    },
    () => {
      const { bulk, others } = shedding.state.refused;
      return Object.entries({ bulk, limit: others }).map(([reason, value]) => ({ labels: { reason }, value }));
    },
  );
}
