import { describe, expect, it } from '@jest/globals';
import { createMetrics } from './metrics.ts';

describe('the measures of a process', () => {
  it('are told as Prometheus reads them, with the name of the service', async () => {
    const metrics = createMetrics('orders');

    metrics.counter({ name: 'events_total', help: 'Events.', labels: ['queue'] }).add({ queue: 'stock' }, 2);
    metrics.gauge({ name: 'pending', help: 'What waits.' }, () => 7);
    metrics.histogram({ name: 'took_seconds', help: 'How long.' }, [0.1, 1]).observe(0.5);

    const text = await metrics.text();
    expect(text).toContain('events_total{queue="stock",service="orders"} 2');
    expect(text).toContain('pending{service="orders"} 7');
    expect(text).toContain('took_seconds_bucket{le="1",service="orders"} 1');
  });

  it('tell at each scrape what several series have come to', async () => {
    const metrics = createMetrics('orders');
    const seen = { good: 3, bad: 0 };
    metrics.counters({ name: 'seen_total', help: 'What was seen.', labels: ['kind'] }, () =>
      Object.entries(seen).map(([kind, value]) => ({ labels: { kind }, value })),
    );

    const first = await metrics.text();
    seen.bad = 2;
    const second = await metrics.text();

    expect(first).toContain('# TYPE seen_total counter');
    expect(first).toContain('seen_total{kind="bad",service="orders"} 0');
    expect(second).toContain('seen_total{kind="good",service="orders"} 3');
    expect(second).toContain('seen_total{kind="bad",service="orders"} 2');
  });

  it('count together when two places ask for one metric', async () => {
    const metrics = createMetrics('orders');

    for (let place = 0; place < 2; place += 1) metrics.counter({ name: 'events_total', help: 'Events.' }).add();

    expect(await metrics.text()).toContain('events_total{service="orders"} 2');
  });
});
