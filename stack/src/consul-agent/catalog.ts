/**
 * What one agent knows: services and their checks. A write touches the topics of those who wait: `catalog` when a
 * service comes, goes or changes, `service:<name>` for that service's instances and their checks, `checks` for any check.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Changes } from './changes.ts';
import type { Runner } from './check-runner.ts';
import { runCheck } from './check-runner.ts';
import type { Check, CheckDefinition, CheckStatus, Service } from './shapes.ts';

type Kept = { check: Check; runner: Runner; reapTimer: NodeJS.Timeout | undefined; reapAfterMs: number | undefined };
/** A service as registered, before the agent numbers it. */
export type ServiceInput = Omit<Service, 'CreateIndex' | 'ModifyIndex'>;

/** The agent's own record of services and checks. */
export type Catalog = ReturnType<typeof createCatalog>;

/** Topic of everybody who waits for one service's instances. */
export const serviceTopic = (name: string): string => `service:${name}`;

/**
 * Makes an empty record. `minimumReapMs` is the least time a service stays critical before
 * DeregisterCriticalServiceAfter removes it (Consul's own least is one minute). Stop it with `close`.
 */
export function createCatalog({ changes, minimumReapMs }: { changes: Changes; minimumReapMs: number }) {
  const services = new Map<string, Service>();
  const kept = new Map<string, Kept>();

  const touchCheck = (serviceName: string) =>
    changes.touch(
      'checks',
      ...(serviceName === ''
        ? [...services.values()].map((one) => serviceTopic(one.Service))
        : [serviceTopic(serviceName)]),
    );

  function setStatus(checkId: string, status: CheckStatus, output: string): boolean {
    const entry = kept.get(checkId);
    if (!entry) return false;
    if (entry.check.Status === status && entry.check.Output === output) return true;
    const isNews = entry.check.Status !== status;
    const index = isNews ? touchCheck(entry.check.ServiceName) : entry.check.ModifyIndex;
    entry.check = { ...entry.check, Status: status, Output: output, ModifyIndex: index };
    if (isNews) scheduleReaping(entry);
    return true;
  }

  function scheduleReaping(entry: Kept): void {
    clearTimeout(entry.reapTimer);
    entry.reapTimer = undefined;
    if (entry.check.Status !== 'critical' || entry.reapAfterMs === undefined) return;
    entry.reapTimer = setTimeout(
      () => removeService(entry.check.ServiceID),
      Math.max(entry.reapAfterMs, minimumReapMs),
    );
  }

  function putCheck(checkId: string, definition: CheckDefinition): void {
    const before = kept.get(checkId);
    if (before) stop(before);
    const service = services.get(definition.ServiceID);
    const runner = runCheck(definition, (status, output) => setStatus(checkId, status, output));
    const index = touchCheck(service?.Service ?? '');
    const check: Check = {
      CheckID: checkId,
      Name: definition.Name ?? checkId,
      Notes: definition.Notes,
      Type: runner.type,
      Status: before?.check.Status ?? (definition.Status || 'critical'),
      Output: before?.check.Output ?? '',
      ServiceID: definition.ServiceID,
      ServiceName: service?.Service ?? '',
      ServiceTags: service?.Tags ?? [],
      CreateIndex: before?.check.CreateIndex ?? index,
      ModifyIndex: index,
    };
    const entry: Kept = { check, runner, reapTimer: undefined, reapAfterMs: definition.DeregisterCriticalServiceAfter };
    kept.set(checkId, entry);
    scheduleReaping(entry);
  }

  function removeCheck(checkId: string): boolean {
    const entry = kept.get(checkId);
    if (!entry) return false;
    stop(entry);
    kept.delete(checkId);
    touchCheck(entry.check.ServiceName);
    return true;
  }

  function removeService(id: string): boolean {
    const service = services.get(id);
    if (!service) return false;
    for (const check of checksOf(id)) removeCheck(check.CheckID);
    services.delete(id);
    changes.touch('catalog', serviceTopic(service.Service));
    return true;
  }

  function putService(input: ServiceInput): void {
    const before = services.get(input.ID);
    if (
      before &&
      isDeepStrictEqual({ ...input, CreateIndex: before.CreateIndex, ModifyIndex: before.ModifyIndex }, before)
    )
      return;
    if (before && before.Service !== input.Service) removeService(input.ID);
    const index = changes.touch('catalog', serviceTopic(input.Service));
    services.set(input.ID, { ...input, CreateIndex: before?.CreateIndex ?? index, ModifyIndex: index });
  }

  const checksOf = (serviceId: string) =>
    [...kept.values()].map((entry) => entry.check).filter((check) => check.ServiceID === serviceId);

  return {
    putService,
    removeService,
    putCheck,
    removeCheck,
    checksOf,
    setStatus,
    services: (): Service[] => [...services.values()],
    service: (id: string): Service | undefined => services.get(id),
    checks: (): Check[] => [...kept.values()].map((entry) => entry.check),
    /** A TTL check's sign of life with the status it reports. False when there is no such TTL check. */
    beat(checkId: string, status: CheckStatus, output: string): boolean {
      const entry = kept.get(checkId);
      if (entry?.runner.type !== 'ttl') return false;
      entry.runner.beat();
      return setStatus(checkId, status, output);
    },
    close: () => kept.forEach(stop),
  };
}

function stop(entry: Kept): void {
  clearTimeout(entry.reapTimer);
  entry.runner.stop();
}
