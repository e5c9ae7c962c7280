/** The checks that run on an agent. A change of status is news: it passes an index and wakes those who wait. */
import type { CheckRunner } from './check-runner.ts';
import { runCheck } from './check-runner.ts';
import type { Check, CheckDefinition, CheckStatus, Service } from './shapes.ts';

type Kept = {
  check: Check;
  readonly runner: CheckRunner;
  readonly reapAfterMs: number | undefined;
  reapTimer?: NodeJS.Timeout;
};

/** What checks need of the agent around them. */
export type ChecksDeps = {
  /** Records a change of one service's checks ('' for a check of the node). Returns the new index. */
  readonly touch: (serviceName: string) => number;
  readonly service: (id: string) => Service | undefined;
  /** Called when a service has been critical for too long. */
  readonly reap: (serviceId: string) => void;
  readonly minimumReapMs: number;
};

/** The checks of an agent, by id. */
export type Checks = ReturnType<typeof createChecks>;

/** Makes an empty set of checks. Stop what it runs with `close`. */
export function createChecks({ touch, service, reap, minimumReapMs }: ChecksDeps) {
  const kept = new Map<string, Kept>();
  const all = () => [...kept.values()].map(({ check }) => check);

  function setStatus(checkId: string, status: CheckStatus, output: string): boolean {
    const entry = kept.get(checkId);
    if (!entry) return false;
    const isNews = entry.check.Status !== status;
    const index = isNews ? touch(entry.check.ServiceName) : entry.check.ModifyIndex;
    entry.check = { ...entry.check, Status: status, Output: output, ModifyIndex: index };
    if (isNews) scheduleReaping(entry, { reap, minimumReapMs });
    return true;
  }

  return {
    checks: all,
    checksOf: (serviceId: string): Check[] => all().filter((check) => check.ServiceID === serviceId),
    /** Starts a check, in place of one with its id, whose status it keeps. */
    putCheck(checkId: string, definition: CheckDefinition): void {
      const before = kept.get(checkId);
      if (before) stop(before);
      const owner = service(definition.ServiceID);
      const runner = runCheck(definition, (status, output) => setStatus(checkId, status, output));
      const index = touch(owner?.Service ?? '');
      const check = describeCheck(checkId, definition, { owner, before: before?.check, type: runner.type, index });
      const entry: Kept = { check, runner, reapAfterMs: definition.DeregisterCriticalServiceAfter };
      kept.set(checkId, entry);
      scheduleReaping(entry, { reap, minimumReapMs });
    },
    /** False when there is no such check. */
    removeCheck(checkId: string): boolean {
      const entry = kept.get(checkId);
      if (!entry) return false;
      stop(entry);
      kept.delete(checkId);
      touch(entry.check.ServiceName);
      return true;
    },
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

type Circumstances = {
  readonly owner: Service | undefined;
  readonly before: Check | undefined;
  readonly type: string;
  readonly index: number;
};

function describeCheck(
  checkId: string,
  definition: CheckDefinition,
  { owner, before, type, index }: Circumstances,
): Check {
  return {
    CheckID: checkId,
    Name: definition.Name ?? checkId,
    Notes: definition.Notes,
    Type: type,
    Status: before?.Status ?? (definition.Status || 'critical'),
    Output: before?.Output ?? '',
    ServiceID: definition.ServiceID,
    ServiceName: owner?.Service ?? '',
    ServiceTags: owner?.Tags ?? [],
    CreateIndex: before?.CreateIndex ?? index,
    ModifyIndex: index,
  };
}

function scheduleReaping(entry: Kept, { reap, minimumReapMs }: Pick<ChecksDeps, 'reap' | 'minimumReapMs'>): void {
  clearTimeout(entry.reapTimer);
  if (entry.check.Status !== 'critical' || entry.reapAfterMs === undefined) return;
  const { ServiceID } = entry.check;
  entry.reapTimer = setTimeout(() => reap(ServiceID), Math.max(entry.reapAfterMs, minimumReapMs));
}

function stop({ reapTimer, runner }: Kept): void {
  clearTimeout(reapTimer);
  runner.stop();
}
