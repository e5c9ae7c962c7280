import { CodedError } from '../errors/coded-error.ts';
import type { Log } from '../log/log.ts';
import { type Indexed, openConsulClient } from './consul-client.ts';
import type { Instance, ServiceRegistration, ServiceSummary } from './instance.ts';
import { keepRegistered } from './registration.ts';
import { startWatch, type Watch, type WatchOptions } from './watch.ts';

export type { Instance, ServiceRegistration, ServiceSummary } from './instance.ts';
export type { Watch } from './watch.ts';

/** Finds services and makes this one findable. Nothing here fails because Consul is away, `isReachable` excepted. */
export interface Discovery {
  /**
   * Registers this process, passing at once, with an HTTP check of `/health` every 10 s (2 s time-out) and removal after a
   * minute of failures; registers again when Consul was away or has forgotten it. Resolves after the first attempt.
   */
  register(service: ServiceRegistration): Promise<{ deregister(): Promise<void> }>;
  /** Tells the services of the catalogue, those with `tag` when it is given, now and at each change. */
  watchServices(onChange: (services: readonly ServiceSummary[]) => void, options?: { tag?: string }): Watch;
  /** Tells the passing instances of a service, now and at each change; a fault never counts as a change. */
  watchInstances(name: string, onChange: (instances: readonly Instance[]) => void): Watch;
  /** Resolves when Consul answers and has a leader. @throws CodedError CONSUL_UNREACHABLE within a second */
  isReachable(): Promise<void>;
  /** Ends all watches and connections; registrations stay in Consul, unattended. */
  close(): void;
}

/** Where Consul is. `registrationCheckMs` (10,000): how often to look whether the agent still knows a registration. */
export interface DiscoveryOptions {
  readonly consulUrl: string;
  readonly log: Log;
  readonly registrationCheckMs?: number;
}

/** Discovery by a Consul agent. Connects when it is first used. */
export function createDiscovery({ consulUrl, log, registrationCheckMs = 10_000 }: DiscoveryOptions): Discovery {
  const client = openConsulClient(consulUrl);
  const open = new Set<{ close(): void }>();

  function follow<T>(options: WatchOptions<T>): Watch {
    const watch = startWatch({ log }, options);
    open.add(watch);
    return {
      close() {
        open.delete(watch);
        watch.close();
      },
    };
  }
  return {
    async register(service) {
      const registration = await keepRegistered({ log, client }, service, registrationCheckMs);
      open.add(registration);
      return {
        async deregister() {
          open.delete(registration);
          await registration.deregister();
        },
      };
    },
    watchServices: (onChange, { tag } = {}) =>
      follow({ name: 'services', fetch: async (query) => withTag(await client.services(query), tag), onChange }),
    watchInstances: (name, onChange) =>
      follow({ name, fetch: (query) => client.passingInstances(name, query), onChange }),
    async isReachable() {
      try {
        await client.leader();
      } catch (cause) {
        throw new CodedError('CONSUL_UNREACHABLE', `Consul at ${new URL(consulUrl).host} does not answer`, { cause });
      }
    },
    close() {
      for (const thing of open) thing.close();
      open.clear();
      client.close();
    },
  };
}

function withTag({ index, value }: Indexed<ServiceSummary[]>, tag: string | undefined): Indexed<ServiceSummary[]> {
  return { index, value: tag === undefined ? value : value.filter(({ tags }) => tags.includes(tag)) };
}
