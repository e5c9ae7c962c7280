import { type RunningStack, startStack } from '@storefront/stack/src/start-stack.ts';
import { readStackRecord } from '@storefront/stack/src/state-folder.ts';
import type { Progress } from '@storefront/stack/src/fault.ts';

/** A house with two of each service, in which anything may be killed and frozen. */
export interface World {
  readonly stack: RunningStack;
  /** The addresses of the gateways' graphs. */
  readonly gateways: readonly string[];
  /** Stops the Consul agent where it stands, or lets it go on. */
  consul(signal: 'SIGSTOP' | 'SIGCONT'): void;
  say: Progress;
  close(): Promise<void>;
}

/** Starts everything in a state folder. */
export async function openWorld(state: string, say: Progress): Promise<World> {
  const environment = { RATE_LIMIT_PER_MINUTE: '1000000000', RATE_LIMIT_BURST: '1000000000', LOG_LEVEL: 'warn' };
  const stack = await startStack({ state, ports: 'free', replicas: 2, environment, isThrowaway: true });
  const gateways = (stack.replicas?.['gateway'] ?? []).map((url) => `${url}/graphql`);
  return {
    stack,
    gateways,
    consul(signal) {
      const record = readStackRecord(state)?.processes.find(({ name }) => name === 'consul');
      if (!record) throw new Error('Consul is not one of ours: do not name one');
      process.kill(record.pid, signal);
    },
    say,
    close: () => stack.close(),
  };
}
