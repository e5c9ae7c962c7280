import { afterEach, describe, expect, it } from '@jest/globals';
import { createLog } from '../log/log.ts';
import { openScope } from '../process/scope.ts';
import { CodedError } from '../errors/coded-error.ts';
import { openTraceReceiver } from '../testing/trace-receiver.ts';
import { openTracer } from './open-tracer.ts';
import { newTraceparent } from './trace-context.ts';
import { traceScope } from './trace-scope.ts';
import { trace } from './tracer.ts';
import { readTracingConfig } from './tracing-config.ts';

const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A tracer that sends to a receiver of its own. */
async function open(environment: Record<string, string> = {}) {
  const receiver = await openTraceReceiver();
  closers.push(() => receiver.close());
  const given = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json', ...environment };
  const config = readTracingConfig(given, 'orders');
  if (!config) throw new Error('nothing is traced');
  const tracer = await openTracer(config);
  closers.push(() => tracer.close());
  const received = async () => {
    await tracer.flush();
    return receiver.spans;
  };
  return { tracer, received };
}

describe('a tracer', () => {
  it('sends spans with their parents, links, facts and the name of the service', async () => {
    const { tracer, received } = await open({ OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=a%20test' });
    const [caller, other] = [newTraceparent(), newTraceparent()];

    const server = tracer.start('GET /', { kind: 'server', parent: caller, isRemote: true, links: [other, undefined] });
    const client = tracer.within(server, () => tracer.start('SELECT', { kind: 'client' }));
    client.set({ 'db.system.name': 'postgresql', left: undefined });
    client.end();
    server.end();

    const [first, second] = await received();
    const traceId = caller.slice(3, 35);
    expect(first).toMatchObject({ name: 'SELECT', kind: 'client', traceId, parentSpanId: second?.spanId });
    expect(first?.attributes).toEqual({ 'db.system.name': 'postgresql' });
    expect(second).toMatchObject({ kind: 'server', traceId, parentSpanId: caller.slice(36, 52) });
    expect(second?.links).toEqual([other.slice(36, 52)]);
    expect(second).toMatchObject({ service: 'orders', resource: { 'deployment.environment.name': 'a test' } });
    expect(server.traceparent).toBe(`00-${traceId}-${second?.spanId}-01`);
  });

  it('tells of a fault its code and nothing of its text', async () => {
    const { tracer, received } = await open();
    const fault = new CodedError('NOT_FOUND', 'no account ada@example.com');

    const traced = trace(tracer, ['look'], async () => Promise.reject(fault));

    await expect(traced).rejects.toBe(fault);
    const spans = await received();
    expect(spans).toMatchObject([{ name: 'look', hasFailed: true, attributes: { 'error.type': 'NOT_FOUND' } }]);
    expect(JSON.stringify(spans)).not.toContain('ada');
  });

  it('keeps to the decision of whoever began the trace, and to its own sampler where nobody has', async () => {
    const { tracer, received } = await open({ OTEL_TRACES_SAMPLER: 'parentbased_always_off' });
    const unwanted = newTraceparent().replace(/01$/, '00');

    const spans = [undefined, unwanted, newTraceparent()].map((parent, at) =>
      tracer.start(`span ${at}`, { parent, isRemote: true }),
    );
    for (const span of spans) span.end();

    expect(spans.map(({ isRecorded }) => isRecorded)).toEqual([false, false, true]);
    expect(spans.map(({ traceparent }) => traceparent.slice(-2))).toEqual(['00', '00', '01']);
    expect((await received()).map(({ name }) => name)).toEqual(['span 2']);
  });

  it('knows in whose course it runs, also after a wait', async () => {
    const { tracer } = await open();
    const span = tracer.start('outer');

    const inside = await tracer.within(span, async () => {
      await new Promise((resolve) => setImmediate(resolve));
      return tracer.active;
    });

    expect(inside).toBe(span);
    expect(tracer.active).toBeNull();
    span.end();
  });
});

describe('the configuration of tracing', () => {
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/' };

  it.each([
    ['no endpoint is named', {}],
    ['the SDK is disabled', { ...endpoint, OTEL_SDK_DISABLED: 'true' }],
    ['no exporter is wanted', { ...endpoint, OTEL_TRACES_EXPORTER: 'none' }],
  ])('is none when %s', (_, environment) => {
    expect(readTracingConfig(environment, 'orders')).toBeNull();
  });

  it('has the defaults of the specification', () => {
    expect(readTracingConfig(endpoint, 'orders')).toMatchObject({
      serviceName: 'orders',
      tracesUrl: 'http://collector:4318/v1/traces',
      protocol: 'http/protobuf',
      sampling: { isParentBased: true, root: 'always_on' },
    });
  });

  it('takes what is said for traces alone before what is said for all', () => {
    const config = readTracingConfig(
      {
        ...endpoint,
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://traces:4318/take',
        OTEL_SERVICE_NAME: 'shop',
        OTEL_TRACES_SAMPLER: 'traceidratio',
        OTEL_TRACES_SAMPLER_ARG: '0.25',
      },
      'orders',
    );

    expect(config).toMatchObject({
      serviceName: 'shop',
      tracesUrl: 'http://traces:4318/take',
      sampling: { isParentBased: false, root: 'traceidratio', ratio: 0.25 },
    });
  });

  it.each([
    ['OTEL_TRACES_SAMPLER', 'sometimes'],
    ['OTEL_TRACES_SAMPLER_ARG', '2'],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc'],
    ['OTEL_RESOURCE_ATTRIBUTES', 'no pair'],
  ])('refuses a wrong %s and names it', (name, value) => {
    expect(() => readTracingConfig({ ...endpoint, [name]: value }, 'orders')).toThrow(name);
  });

  it('leaves a scope as it is when nothing is traced', async () => {
    const scope = openScope('orders', createLog({ service: 'orders', level: 'silent' }));

    expect(await traceScope(scope, 'orders', {})).toBe(scope);
    expect(scope.tracer).toBeNull();
    await scope.close();
  });
});
