import { backOffMs, pause } from '../back-off/back-off.ts';
import { describeFault } from '../errors/coded-error.ts';
import type { Log } from '../log/log.ts';
import type { ConsulClient } from './consul-client.ts';
import type { ServiceRegistration } from './instance.ts';
import { consulBackOff } from './watch.ts';

/** A registration that is kept up. */
export interface Registration {
  /** Takes the service out of the catalogue: best effort within 2 s, a fault is only logged. */
  deregister(): Promise<void>;
  /** Stops keeping it up and leaves the catalogue as it is. */
  close(): void;
}

/** What keeping a registration up needs. */
export interface RegistrationDeps {
  readonly log: Log;
  readonly client: ConsulClient;
}

/**
 * Registers a service and keeps it registered: looks every `checkMs` whether the agent still knows it, as an agent that
 * was restarted does not. When Consul is away it keeps trying after 0.25 to 5 s. Resolves after the first attempt, good
 * or bad.
 */
export async function keepRegistered(
  { log, client }: RegistrationDeps,
  service: ServiceRegistration,
  checkMs: number,
): Promise<Registration> {
  const id = `${service.name}-${service.address}-${service.port}`;
  const stop = new AbortController();
  const first = Promise.withResolvers<void>();
  const kept = keep({ log, client, id, service, checkMs, signal: stop.signal, onAttempt: first.resolve });
  await first.promise;

  return {
    close: () => stop.abort(),
    async deregister() {
      stop.abort();
      await kept;
      try {
        await client.deregister(id);
        log.info({ id }, 'deregistered from Consul');
      } catch (fault) {
        log.warn(
          { id, cause: describeFault(fault) },
          'could not deregister: Consul will do it when the health check fails',
        );
      }
    },
  };
}

interface Keeping extends RegistrationDeps {
  readonly id: string;
  readonly service: ServiceRegistration;
  readonly checkMs: number;
  readonly signal: AbortSignal;
  readonly onAttempt: () => void;
}

async function keep({ log, client, id, service, checkMs, signal, onAttempt }: Keeping): Promise<void> {
  let isKnown = false;
  let failures = 0;
  while (!signal.aborted) {
    try {
      if (isKnown) isKnown = (await client.registeredIds(signal)).has(id);
      if (!isKnown) {
        await client.register(id, service, signal);
        log.info({ id }, 'registered in Consul');
      }
      isKnown = true;
      failures = 0;
    } catch (fault) {
      if (signal.aborted) return onAttempt();
      failures += 1;
      const facts = { id, failures, cause: describeFault(fault) };
      if (failures === 1) log.warn(facts, 'Consul does not answer: will register when it does');
    }
    onAttempt();
    await pause(failures > 0 ? backOffMs(failures, consulBackOff) : checkMs, signal);
  }
}
