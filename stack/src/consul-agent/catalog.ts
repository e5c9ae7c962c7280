/**
 * What one agent knows: services and their checks. A write touches the topics of those who wait: `catalog` when a
 * service comes, goes or changes, `service:<name>` for that service's instances and their checks, `checks` for any check.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Changes } from './changes.ts';
import type { Checks } from './checks.ts';
import { createChecks } from './checks.ts';
import type { Service } from './shapes.ts';

/** A service as registered, before the agent numbers it. */
export type ServiceInput = Omit<Service, 'CreateIndex' | 'ModifyIndex'>;

/** The agent's own record of services and checks. */
export type Catalog = Checks & {
  services(): Service[];
  service(id: string): Service | undefined;
  putService(input: ServiceInput): void;
  /** Removes the service and its checks. False when there is no such service. */
  removeService(id: string): boolean;
};

/** Topic of everybody who waits for one service's instances. */
export const serviceTopic = (name: string): string => `service:${name}`;

/**
 * Makes an empty record. `minimumReapMs` is the least time a service stays critical before
 * DeregisterCriticalServiceAfter removes it (Consul's own least is one minute). Stop it with `close`.
 */
export function createCatalog({ changes, minimumReapMs }: { changes: Changes; minimumReapMs: number }): Catalog {
  const services = new Map<string, Service>();
  const namesOf = (serviceName: string) =>
    serviceName === '' ? [...services.values()].map((one) => one.Service) : [serviceName];
  const checks = createChecks({
    touch: (serviceName) => changes.touch('checks', ...namesOf(serviceName).map(serviceTopic)),
    service: (id) => services.get(id),
    reap: removeService,
    minimumReapMs,
  });

  function removeService(id: string): boolean {
    const service = services.get(id);
    if (!service) return false;
    for (const check of checks.checksOf(id)) checks.removeCheck(check.CheckID);
    services.delete(id);
    changes.touch('catalog', serviceTopic(service.Service));
    return true;
  }

  return {
    ...checks,
    services: () => [...services.values()],
    service: (id) => services.get(id),
    removeService,
    putService(input) {
      const before = services.get(input.ID);
      if (before && isDeepStrictEqual(numbered(input, before.CreateIndex, before.ModifyIndex), before)) return;
      if (before && before.Service !== input.Service) removeService(input.ID);
      const index = changes.touch('catalog', serviceTopic(input.Service));
      services.set(input.ID, numbered(input, before?.CreateIndex ?? index, index));
    },
  };
}

const numbered = (input: ServiceInput, CreateIndex: number, ModifyIndex: number): Service => ({
  ...input,
  CreateIndex,
  ModifyIndex,
});
