import { z } from 'zod';
import { type Environment, readConfig } from '../config/config.ts';
import { count, flag, url } from '../config/fields.ts';

/** How spans are sampled: the root's sampler, and whether a parent's decision goes before it. */
export interface Sampling {
  readonly isParentBased: boolean;
  readonly root: 'always_on' | 'always_off' | 'traceidratio';
  /** From 0 to 1, for traceidratio. */
  readonly ratio: number;
}

/** What tracing is configured with. Source: opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables */
export interface TracingConfig {
  readonly serviceName: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Where spans are posted, the whole URL. */
  readonly tracesUrl: string;
  readonly protocol: 'http/protobuf' | 'http/json';
  readonly sampling: Sampling;
  readonly batch: {
    readonly scheduleDelayMs: number;
    readonly exportTimeoutMs: number;
    readonly maxQueueSize: number;
    readonly maxExportBatchSize: number;
  };
}

const samplers = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;
const protocols = ['http/protobuf', 'http/json'] as const;

const fields = {
  OTEL_SDK_DISABLED: flag(false),
  OTEL_TRACES_EXPORTER: z.enum(['otlp', 'none']).default('otlp'),
  /** The collector; `/v1/traces` is put behind it. Without it, or the next one, nothing is traced. */
  OTEL_EXPORTER_OTLP_ENDPOINT: url('http', 'https').optional(),
  /** The same for traces alone, taken as it is. */
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: url('http', 'https').optional(),
  OTEL_EXPORTER_OTLP_PROTOCOL: z.enum(protocols).default('http/protobuf'),
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: z.enum(protocols).optional(),
  OTEL_SERVICE_NAME: z.string().optional(),
  OTEL_RESOURCE_ATTRIBUTES: z.string().default('').transform(readAttributes),
  OTEL_TRACES_SAMPLER: z.enum(samplers).default('parentbased_always_on'),
  OTEL_TRACES_SAMPLER_ARG: z
    .string()
    .default('1')
    .transform(Number)
    .refine((ratio) => ratio >= 0 && ratio <= 1, 'must be a number from 0 to 1'),
  OTEL_BSP_SCHEDULE_DELAY: count(5_000),
  OTEL_BSP_EXPORT_TIMEOUT: count(30_000),
  OTEL_BSP_MAX_QUEUE_SIZE: count(2_048),
  OTEL_BSP_MAX_EXPORT_BATCH_SIZE: count(512),
};

/**
 * Reads the standard variables of OpenTelemetry that say whether, where to and how much a service traces; null when it does not,
 * which is so until an endpoint is named. Headers, certificates and compression (`OTEL_EXPORTER_OTLP_*`) are read by the
 * exporter itself. @throws ConfigError
 */
export function readTracingConfig(environment: Environment, serviceName: string): TracingConfig | null {
  const config = readConfig(fields, environment);
  const tracesUrl = tracesUrlOf(config);
  if (config.OTEL_SDK_DISABLED || config.OTEL_TRACES_EXPORTER === 'none' || tracesUrl === null) return null;
  const { OTEL_TRACES_SAMPLER: sampler, OTEL_TRACES_SAMPLER_ARG: ratio } = config;
  return {
    serviceName: config.OTEL_SERVICE_NAME ?? serviceName,
    attributes: config.OTEL_RESOURCE_ATTRIBUTES,
    tracesUrl,
    protocol: config.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL ?? config.OTEL_EXPORTER_OTLP_PROTOCOL,
    sampling: {
      isParentBased: sampler.startsWith('parentbased_'),
      root: sampler.replace('parentbased_', '') as Sampling['root'],
      ratio,
    },
    batch: {
      scheduleDelayMs: config.OTEL_BSP_SCHEDULE_DELAY,
      exportTimeoutMs: config.OTEL_BSP_EXPORT_TIMEOUT,
      maxQueueSize: config.OTEL_BSP_MAX_QUEUE_SIZE,
      maxExportBatchSize: config.OTEL_BSP_MAX_EXPORT_BATCH_SIZE,
    },
  };
}

function tracesUrlOf(
  config: Pick<
    Readonly<z.infer<z.ZodObject<typeof fields>>>,
    'OTEL_EXPORTER_OTLP_ENDPOINT' | 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'
  >,
): string | null {
  if (config.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT) return config.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT;
  const base = config.OTEL_EXPORTER_OTLP_ENDPOINT;
  return base ? `${base.replace(/\/$/, '')}/v1/traces` : null;
}

/** `key=value` pairs, separated by commas, percent-encoded. Source: w3.org/TR/baggage, as the specification of resources says */
function readAttributes(text: string, context: z.RefinementCtx): Record<string, string> {
  const pairs = text
    .split(',')
    .map((pair) => pair.trim())
    .filter(Boolean)
    .map((pair) => /^([^=\s]+)\s*=\s*(.*)$/.exec(pair));
  try {
    return Object.fromEntries(pairs.map((match) => [decode(match?.[1]), decode(match?.[2])] as const));
  } catch {
    context.addIssue({ code: 'custom', message: 'must be key=value pairs, separated by commas, percent-encoded' });
    return z.NEVER;
  }
}

function decode(text: string | undefined): string {
  if (text === undefined) throw new Error('no pair');
  return decodeURIComponent(text);
}
