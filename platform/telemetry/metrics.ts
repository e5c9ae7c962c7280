import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** The values of a metric's labels. Few and short: each combination is a series of its own. */
export type Labels = Readonly<Record<string, string>>;

/** What a metric is called and means. Names follow Prometheus: the unit at the end, `_total` for what only grows. */
export interface MetricDefinition {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
}

/** One value of a metric, with its labels. */
export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

/** The measures of one process. A metric that is asked for twice is the same one. */
export interface Metrics {
  /** Something that only grows. `read`, when given, is asked at each scrape for what it has come to so far. */
  counter(definition: MetricDefinition, read?: () => number): { add(labels?: Labels, by?: number): void };
  /** Something that goes up and down. `read`, when given, is asked at each scrape. */
  gauge(definition: MetricDefinition, read?: () => number): { set(value: number, labels?: Labels): void };
  /** What is asked at each scrape for all of its series; the ones of the last scrape are forgotten. A fault leaves it without series. */
  gauges(definition: MetricDefinition, read: () => readonly Sample[] | Promise<readonly Sample[]>): void;
  /** The same for what only grows: `read` tells what each series has come to so far. */
  counters(definition: MetricDefinition, read: () => readonly Sample[]): void;
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
    counter: (definition, read) => {
      const counter = known(registry, definition, () => {
        const collect = read && {
          collect(): void {
            counter.reset();
            counter.inc(read());
          },
        };
        return new Counter({ ...settings(registry, definition), ...collect });
      });
      return { add: (labels = {}, by = 1) => counter.inc(labels, by) };
    },
    gauge: (definition, read) => {
      const gauge = known(registry, definition, () => {
        const collect = read && { collect: (): void => gauge.set(read()) };
        return new Gauge({ ...settings(registry, definition), ...collect });
      });
      return { set: (value, labels = {}) => gauge.set(labels, value) };
    },
    gauges: (definition, read) => {
      const gauge = known(registry, definition, () => {
        const collect = async (): Promise<void> => {
          const samples = await Promise.resolve()
            .then(read)
            .catch(() => []); // what it is asked of tells its own faults; the other metrics are told all the same
          gauge.reset();
          for (const { labels, value } of samples) gauge.set(labels, value);
        };
        return new Gauge({ ...settings(registry, definition), collect });
      });
    },
    counters: (definition, read) => addCounters(registry, definition, read),
    histogram: (definition, buckets) => {
      const create = () => new Histogram({ ...settings(registry, definition), buckets: [...buckets] });
      const histogram = known(registry, definition, create);
      return { observe: (value, labels = {}) => histogram.observe(labels, value) };
    },
    text: () => registry.metrics(),
  };
}

function addCounters(registry: Registry, definition: MetricDefinition, read: () => readonly Sample[]): void {
  const counter = known(registry, definition, () => {
    const collect = (): void => {
      counter.reset();
      for (const { labels, value } of read()) counter.inc(labels, value);
    };
    return new Counter({ ...settings(registry, definition), collect });
  });
}

const nothing = Object.freeze({ add: () => undefined, set: () => undefined, observe: () => undefined });

/** Measures of which nobody wants to hear: nothing is counted, nothing is kept. */
export const silentMetrics: Metrics = Object.freeze({
  counter: () => nothing,
  gauge: () => nothing,
  gauges: () => undefined,
  counters: () => undefined,
  histogram: () => nothing,
  text: async () => '',
});

function settings(registry: Registry, { name, help, labels = [] }: MetricDefinition) {
  return { name, help, labelNames: [...labels], registers: [registry] };
}

function known<Kind>(registry: Registry, { name }: MetricDefinition, create: () => Kind): Kind {
  const found = registry.getSingleMetric(name);
  return found === undefined ? create() : (found as Kind);
}
