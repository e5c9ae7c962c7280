/** Jest's globalSetup for end-to-end tests: one stack that they share, in E2E_STACK. It ends in jest-e2e-teardown.ts. */
import { join } from 'node:path';
import { repository } from './config.ts';
import { createPorts } from './ports.ts';
import { startStack } from './start-stack.ts';

/**
 * Starts a stack with two gateways over one of each service, unless E2E_STACK describes one already. All tests come from
 * one address, so its rate limit is lifted out of their way.
 */
export default async function startStackForTests(): Promise<void> {
  if (process.env['E2E_STACK']) return;
  const traces = await createPorts('free', () => undefined).choose('traces', 4318);
  const state = join(repository, '.state', `e2e-${process.pid}`);
  const stack = await startStack({
    state,
    ports: 'free',
    replicas: { gateway: 2 },
    isThrowaway: true,
    environment: {
      RATE_LIMIT_PER_MINUTE: '100000',
      RATE_LIMIT_BURST: '100000',
      // Only what a test's own traceparent asks for is traced, to whoever listens there then.
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${traces}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_TRACES_SAMPLER: 'parentbased_always_off',
      OTEL_BSP_SCHEDULE_DELAY: '100',
      NODE_COMPILE_CACHE: join(repository, '.state', 'compile-cache'),
    },
    progress: (line) => void process.stderr.write(`e2e: ${line}\n`),
  });
  Object.assign(process.env, {
    E2E_STACK: JSON.stringify(stack.description),
    E2E_TRACES_PORT: String(traces),
    STOREFRONT_E2E_STATE: state,
  });
}
