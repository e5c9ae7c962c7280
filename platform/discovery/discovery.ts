import { CodedError } from '../errors/coded-error.ts';
import type { Log } from '../log/log.ts';
import { type Indexed, type KeyEntry, openConsulClient } from './consul-client.ts';
import type { Instance, ServiceRegistration, ServiceSummary } from './instance.ts';
import { keepRegistered } from './registration.ts';
import { startWatch, type Watch, type WatchOptions } from './watch.ts';

export type { Instance, ServiceRegistration, ServiceSummary } from './instance.ts';
export type { KeyEntry } from './consul-client.ts';
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
  /** Values that all processes see. */
  readonly keys: KeyValues;
  /** Resolves when Consul answers and has a leader. @throws CodedError CONSUL_UNREACHABLE within a second */
  isReachable(): Promise<void>;
  /** Ends all watches and connections; registrations stay in Consul, unattended. */
  close(): void;
}

/** Consul's key-value store. What does not say otherwise fails when Consul is away. */
export interface KeyValues {
  /** Null when there is no such key. */
  get(key: string): Promise<KeyEntry | null>;
  /** Stores a value; false, with nothing stored, when the key's index is not `index` any more (0: there must be none). */
  put(key: string, value: string, index?: number): Promise<boolean>;
  remove(key: string): Promise<void>;
  /** Tells the value of a key, now and at each change; a fault never counts as one. */
  watch(key: string, onChange: (entry: KeyEntry | null) => void): Watch;
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
      follow({
        name: 'services',
        fetch: async (query) => withTag(await client.services(query), tag),
        onChange,
        isDoubtful,
      }),
    watchInstances: (name, onChange) =>
      follow({ name, fetch: (query) => client.passingInstances(name, query), onChange, isDoubtful }),
    keys: openKeys(client, follow),
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

function openKeys(
  client: ReturnType<typeof openConsulClient>,
  follow: (options: WatchOptions<KeyEntry | null>) => Watch,
): KeyValues {
  const { signal: never } = new AbortController();
  return {
    get: async (key) => (await client.readKey(key, { index: 0, waitMs: 0, signal: never })).value,
    put: (key, value, index) => client.writeKey(key, value, index),
    remove: (key) => client.removeKey(key),
    watch: (key, onChange) => follow({ name: key, fetch: (query) => client.readKey(key, query), onChange }),
  };
}

/** An agent that knows nobody may have lost more than that, its index too; who waited behind that would hear late of those who come back. */
const isDoubtful = (found: readonly unknown[]) => found.length === 0;

function withTag({ index, value }: Indexed<ServiceSummary[]>, tag: string | undefined): Indexed<ServiceSummary[]> {
  return { index, value: tag === undefined ? value : value.filter(({ tags }) => tags.includes(tag)) };
}
