/** What a span is in the exchange between two processes, or none of that. Source: opentelemetry.io/docs/specs/otel/trace/api/#spankind */
export type SpanKind = 'internal' | 'server' | 'client' | 'producer' | 'consumer';

/** Facts of a span, by the names of the semantic conventions. Never what identifies a person, never a token. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** How a span begins. */
export interface SpanStart {
  /** Default 'internal'. */
  readonly kind?: SpanKind;
  /** The `traceparent` that it belongs under. Default: the span in whose course it is started; without one it begins a trace. */
  readonly parent?: string | undefined;
  /** True when `parent` came from another process. */
  readonly isRemote?: boolean;
  readonly attributes?: SpanAttributes;
  /** The `traceparent`s of what it came from in other ways. */
  readonly links?: readonly (string | undefined)[];
}

/** A piece of work that is timed. */
export interface Span {
  /** What hands it on as a parent. Source: w3.org/TR/trace-context */
  readonly traceparent: string;
  /** True when it will be seen: facts that cost something to find need not be found for others. */
  readonly isRecorded: boolean;
  set(attributes: SpanAttributes): void;
  rename(name: string): void;
  /** Says that the work failed; of the fault nothing but its code or the name of its class is told. */
  fail(fault: unknown): void;
  /** Ends it; what is said afterwards is lost. */
  end(): void;
}

/**
 * Makes spans. Where nobody wants any there is no tracer: what can be traced holds a `Tracer | null`, and null costs one
 * comparison.
 */
export interface Tracer {
  start(name: string, options?: SpanStart): Span;
  /** Runs a task, and all that it begins, in the course of a span. */
  within<Result>(span: Span, task: () => Result): Result;
  /** The span in whose course this is called. */
  readonly active: Span | null;
}

/** Traces a task from its beginning to its end, in the course of its own span. A fault is told and thrown on. */
export async function trace<Result>(
  tracer: Tracer,
  [name, options]: readonly [name: string, options?: SpanStart],
  task: (span: Span) => Promise<Result>,
): Promise<Result> {
  const span = tracer.start(name, options);
  try {
    return await tracer.within(span, () => task(span));
  } catch (fault) {
    span.fail(fault);
    throw fault;
  } finally {
    span.end();
  }
}
