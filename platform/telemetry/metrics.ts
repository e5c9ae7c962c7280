import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** The values of a metric's labels. Few and short: each combination is a series of its own. */
export type Labels = Readonly<Record<string, string>>;

/** What a metric is called and means. Names follow Prometheus: the unit at the end, `_total` for what only grows. */
export interface MetricDefinition {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
}

/** The measures of one process. A metric that is asked for twice is the same one. */
export interface Metrics {
  /** Something that only grows. */
  counter(definition: MetricDefinition): { add(labels?: Labels, by?: number): void };
  /** Something that goes up and down. `read`, when given, is asked at each scrape. */
  gauge(definition: MetricDefinition, read?: () => number): { set(value: number, labels?: Labels): void };
  /** How long or how much, counted in buckets with these upper bounds. */
  histogram(
    definition: MetricDefinition,
    buckets: readonly number[],
  ): { observe(value: number, labels?: Labels): void };
  /** All of them as text. Source: prometheus.io/docs/instrumenting/exposition_formats */
  text(): Promise<string>;
}

/** The content type of `Metrics.text()`. */
export const metricsContentType = 'text/plain; version=0.0.4; charset=utf-8';

/** Opens the measures of a process; each carries the label `service`. `process` adds those of Node itself (CPU, memory, event loop). */
export function createMetrics(service: string, options: { readonly process?: boolean } = {}): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  if (options.process) collectDefaultMetrics({ register: registry });
  return {
    counter: (definition) => {
      const counter = known(registry, definition, () => new Counter(settings(registry, definition)));
      return { add: (labels = {}, by = 1) => counter.inc(labels, by) };
    },
    gauge: (definition, read) => {
      const gauge = known(registry, definition, () => {
        const collect = read && { collect: (): void => gauge.set(read()) };
        return new Gauge({ ...settings(registry, definition), ...collect });
      });
      return { set: (value, labels = {}) => gauge.set(labels, value) };
    },
    histogram: (definition, buckets) => {
      const create = () => new Histogram({ ...settings(registry, definition), buckets: [...buckets] });
      const histogram = known(registry, definition, create);
      return { observe: (value, labels = {}) => histogram.observe(labels, value) };
    },
    text: () => registry.metrics(),
  };
}

function settings(registry: Registry, { name, help, labels = [] }: MetricDefinition) {
  return { name, help, labelNames: [...labels], registers: [registry] };
}

function known<Kind>(registry: Registry, { name }: MetricDefinition, create: () => Kind): Kind {
  const found = registry.getSingleMetric(name);
  return found === undefined ? create() : (found as Kind);
}
