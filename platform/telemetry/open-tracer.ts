import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import {
  type Context,
  ROOT_CONTEXT,
  type Span as SdkSpan,
  type SpanContext,
  SpanKind as SdkSpanKind,
  SpanStatusCode,
  trace as api,
  TraceFlags,
  type Tracer as SdkTracer,
} from '@opentelemetry/api';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { isTraceparent } from './trace-context.ts';
import type { Span, SpanAttributes, SpanKind, SpanStart, Tracer } from './tracer.ts';
import type { Sampling, TracingConfig } from './tracing-config.ts';

/** A tracer, and what sends the rest of its spans when it ends. */
export interface OpenTracer extends Tracer {
  /** Sends what is there. Never rejects. */
  flush(): Promise<void>;
  /** The same, and nothing afterwards. Never rejects: what cannot be sent is lost. */
  close(): Promise<void>;
}

/**
 * Opens a tracer that sends spans by OTLP over HTTP. This file loads the SDK: import it only where something is traced. Nothing
 * of it is registered for the whole process, so that libraries which look for a tracer find none.
 */
export async function openTracer(config: TracingConfig): Promise<OpenTracer> {
  const { batch } = config;
  const processor = new BatchSpanProcessor({
    exporter: await createExporter(config),
    scheduledDelayMillis: batch.scheduleDelayMs,
    exportTimeoutMillis: batch.exportTimeoutMs,
    maxQueueSize: batch.maxQueueSize,
    maxExportBatchSize: Math.min(batch.maxExportBatchSize, batch.maxQueueSize),
  });
  const provider = new TracerProvider({
    resource: defaultResource().merge(
      resourceFromAttributes({
        'service.namespace': 'storefront',
        'service.instance.id': randomUUID(),
        ...config.attributes,
        'service.name': config.serviceName,
      }),
    ),
    sampler: createSampler(config.sampling),
    spanProcessors: [processor],
  });
  return new SdkBackedTracer(provider);
}

async function createExporter({ tracesUrl: url, protocol }: TracingConfig): Promise<SpanExporter> {
  if (protocol === 'http/json') {
    const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http');
    return new OTLPTraceExporter({ url });
  }
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-proto');
  return new OTLPTraceExporter({ url });
}

function createSampler({ isParentBased, root, ratio }: Sampling): Sampler {
  const sampler = {
    always_on: () => new AlwaysOnSampler(),
    always_off: () => new AlwaysOffSampler(),
    traceidratio: () => new TraceIdRatioBasedSampler(ratio),
  }[root]();
  return isParentBased ? new ParentBasedSampler({ root: sampler }) : sampler;
}

const kinds: Readonly<Record<SpanKind, SdkSpanKind>> = {
  internal: SdkSpanKind.INTERNAL,
  server: SdkSpanKind.SERVER,
  client: SdkSpanKind.CLIENT,
  producer: SdkSpanKind.PRODUCER,
  consumer: SdkSpanKind.CONSUMER,
};

class SdkBackedTracer implements OpenTracer {
  readonly #provider: TracerProvider;
  readonly #tracer: SdkTracer;
  readonly #current = new AsyncLocalStorage<Span>();

  constructor(provider: TracerProvider) {
    this.#provider = provider;
    this.#tracer = provider.getTracer('storefront');
  }

  get active(): Span | null {
    return this.#current.getStore() ?? null;
  }

  start(name: string, { kind = 'internal', parent, isRemote = false, attributes, links = [] }: SpanStart = {}): Span {
    const under = parent ?? this.active?.traceparent;
    const context = under === undefined ? ROOT_CONTEXT : contextOf(under, isRemote);
    const linked = links.flatMap((traceparent) => readContext(traceparent, true) ?? []);
    const given = { kind: kinds[kind], links: linked.map((spanContext) => ({ context: spanContext })) };
    const span = this.#tracer.startSpan(name, attributes ? { ...given, attributes: copy(attributes) } : given, context);
    return new SdkBackedSpan(span);
  }

  within<Result>(span: Span, task: () => Result): Result {
    return this.#current.run(span, task);
  }

  async flush(): Promise<void> {
    await this.#provider.forceFlush().catch(() => undefined);
  }

  async close(): Promise<void> {
    await this.#provider.shutdown().catch(() => undefined);
  }
}

class SdkBackedSpan implements Span {
  readonly traceparent: string;
  readonly isRecorded: boolean;
  readonly #span: SdkSpan;

  constructor(span: SdkSpan) {
    const { traceId, spanId, traceFlags } = span.spanContext();
    this.traceparent = `00-${traceId}-${spanId}-${(traceFlags & TraceFlags.SAMPLED) === 0 ? '00' : '01'}`;
    this.isRecorded = span.isRecording();
    this.#span = span;
  }

  set(attributes: SpanAttributes): void {
    if (this.isRecorded) this.#span.setAttributes(copy(attributes));
  }

  rename(name: string): void {
    this.#span.updateName(name);
  }

  fail(fault: unknown): void {
    this.#span.setStatus({ code: SpanStatusCode.ERROR });
    this.#span.setAttribute('error.type', typeOf(fault));
  }

  end(): void {
    this.#span.end();
  }
}

/** A fault's code, else the name of its class: its text may tell what somebody has sent. */
function typeOf(fault: unknown): string {
  if (typeof fault === 'string') return fault;
  const code: unknown = Object(fault)['code'];
  if (typeof code === 'string') return code;
  return fault instanceof Error ? fault.name : '_OTHER';
}

function copy(attributes: SpanAttributes): Record<string, string | number | boolean | string[]> {
  const given: Record<string, string | number | boolean | string[]> = {};
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) given[name] = typeof value === 'object' ? [...value] : value;
  }
  return given;
}

function contextOf(traceparent: string, isRemote: boolean): Context {
  const spanContext = readContext(traceparent, isRemote);
  return spanContext ? api.setSpanContext(ROOT_CONTEXT, spanContext) : ROOT_CONTEXT;
}

function readContext(traceparent: string | undefined, isRemote: boolean): SpanContext | null {
  if (traceparent === undefined || !isTraceparent(traceparent)) return null;
  const traceFlags = Number.parseInt(traceparent.slice(53, 55), 16) & TraceFlags.SAMPLED;
  return { traceId: traceparent.slice(3, 35), spanId: traceparent.slice(36, 52), traceFlags, isRemote };
}
