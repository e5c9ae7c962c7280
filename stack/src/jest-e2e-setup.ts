/** Jest's globalSetup for end-to-end tests: one stack that they share, in E2E_STACK. It ends in jest-e2e-teardown.ts. */
import { join } from 'node:path';
import { repository } from './config.ts';
import { startStack } from './start-stack.ts';

/**
 * Starts a stack with two gateways over one of each service, unless E2E_STACK describes one already. All tests come from
 * one address, so its rate limit is lifted out of their way.
 */
export default async function startStackForTests(): Promise<void> {
  if (process.env['E2E_STACK']) return;
  const state = join(repository, '.state', `e2e-${process.pid}`);
  const stack = await startStack({
    state,
    ports: 'free',
    replicas: { gateway: 2 },
    isThrowaway: true,
    environment: {
      RATE_LIMIT_PER_MINUTE: '100000',
      RATE_LIMIT_BURST: '100000',
      NODE_COMPILE_CACHE: join(repository, '.state', 'compile-cache'),
    },
    progress: (line) => void process.stderr.write(`e2e: ${line}\n`),
  });
  Object.assign(process.env, { E2E_STACK: JSON.stringify(stack.description), STOREFRONT_E2E_STATE: state });
}
