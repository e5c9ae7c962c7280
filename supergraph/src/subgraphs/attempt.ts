import { describeFault } from '@storefront/platform/errors/coded-error.ts';
import type { InternalTokens } from '@storefront/platform/identity/internal-tokens.ts';
import type { Log } from '@storefront/platform/log/log.ts';
import type { Balancing } from './balancing/balancing.ts';
import type { Group } from './balancing/group.ts';
import type { Target } from './balancing/target.ts';
import type { SubgraphAnswer, SubgraphSend, WatchedAttempt } from './client.ts';
import type { createPools } from './pools.ts';
import { type Overdue, post, type PostFailure, type PostOutcome } from './post.ts';
import { authorize, headersOf } from './request-headers.ts';

/** What an attempt takes. */
export interface AttemptDeps {
  readonly balancing: Balancing;
  readonly tokens: InternalTokens | null;
  readonly pools: ReturnType<typeof createPools>;
  readonly log: Log;
  readonly fetchTimeoutMs: number;
}

/** A request to an instance that was taken from its group. */
export interface Attempt {
  readonly group: Group;
  readonly target: Target;
  /** What is left of the request's budget. */
  readonly leftMs: number;
  readonly startedAtMs: number;
  /** After how long without an answer it is told to be overdue; undefined for never. */
  readonly overdueMs?: number | undefined;
}

/** An attempt without an answer yet. */
export interface RunningAttempt {
  readonly kind: 'overdue';
  readonly rest: Promise<AttemptOutcome>;
  /** Gives it up when it has not ended: the instance was slower than another. */
  abandon(): void;
}

export type AttemptOutcome = (SubgraphAnswer & { readonly kind: 'answered' }) | PostFailure | RunningAttempt;

/** Sends a request to one instance and tells its group what came of it. Rejects with the signal's reason when it was aborted. */
export async function attempt(deps: AttemptDeps, request: SubgraphSend, given: Attempt): Promise<AttemptOutcome> {
  const { group, target, leftMs, overdueMs } = given;
  const { instance } = target;
  const timeoutMs = Math.min(deps.fetchTimeoutMs, leftMs);
  if (timeoutMs <= 0) return noTime(given);
  const watched = request.watch?.begin(instance);
  let outcome: PostOutcome | Overdue;
  try {
    const authorization = await authorize(deps.tokens, request);
    const headers = headersOf(request, { authorization, timeoutMs, traceparent: watched?.traceparent });
    const path = instance.meta['graphqlPath'] ?? '/graphql';
    const { body, signal, expected } = request;
    const pool = deps.pools.of(instance);
    outcome = await post({ pool, path, body, headers, signal, timeoutMs, overdueMs, expected });
  } catch (fault) {
    group.released(target);
    watched?.end('aborted');
    throw fault;
  }
  if (watched) tellWatch(watched, outcome);
  return outcome.kind === 'overdue' ? keepRunning(deps, given, outcome) : tell(deps, given, outcome);
}

/** Tells whoever watches an attempt how it ended, now or when it has. */
export function tellWatch(watched: WatchedAttempt, outcome: PostOutcome | Overdue): void {
  if (outcome.kind === 'answered') watched.end(outcome.status);
  else if (outcome.kind === 'failed') watched.end(outcome.reason);
  else
    outcome.rest.then(
      (rest) => tellWatch(watched, rest),
      () => watched.end('aborted'),
    );
}

function noTime({ group, target }: Attempt): PostFailure {
  group.released(target);
  return { kind: 'failed', reason: 'late', cause: new Error('no time is left'), isUnsent: true };
}

function keepRunning(deps: AttemptDeps, given: Attempt, { rest, abandon }: Overdue): RunningAttempt {
  const { group, target, startedAtMs } = given;
  let isOver = false;
  const told = rest.then(
    (outcome) => {
      if (isOver) return outcome;
      isOver = true;
      return tell(deps, given, outcome);
    },
    (fault: unknown) => {
      if (!isOver) group.released(target);
      isOver = true;
      throw fault;
    },
  );
  told.catch(() => undefined); // whoever waits is told
  return {
    kind: 'overdue',
    rest: told,
    abandon() {
      if (isOver) return;
      isOver = true;
      const nowMs = performance.now();
      group.failed(target, nowMs, nowMs - startedAtMs, true);
      abandon();
    },
  };
}

/** Tells the group. A time-out counts only when there was time enough to answer. */
function tell({ log, fetchTimeoutMs }: AttemptDeps, given: Attempt, outcome: PostOutcome): PostOutcome {
  const { group, target, startedAtMs, leftMs } = given;
  const nowMs = performance.now();
  const tookMs = nowMs - startedAtMs;
  if (outcome.kind === 'answered') {
    const fault = faultIn(outcome.json);
    if (fault === 'none') group.succeeded(target, nowMs, tookMs);
    else group.failed(target, nowMs, tookMs, fault === 'all');
    return outcome;
  }
  const { reason, cause } = outcome;
  if (reason === 'late' && leftMs < fetchTimeoutMs / 2) group.released(target);
  else group.failed(target, nowMs, tookMs, true);
  const { id, name } = target.instance;
  log.warn({ subgraph: name, instance: id, fault: describeFault(cause) }, 'a subgraph did not answer');
  return outcome;
}

/** What an error says of the instance and not of the request. */
const faultCodes: ReadonlySet<unknown> = new Set(['INTERNAL_SERVER_ERROR', 'SERVICE_UNAVAILABLE']);

/** How much of a GraphQL answer an instance failed to give: `all` when there are no data either. */
export function faultIn(json: unknown): 'none' | 'part' | 'all' {
  if (typeof json !== 'object' || json === null || !('errors' in json) || !Array.isArray(json.errors)) return 'none';
  const hasFault = json.errors.some((error: unknown) => faultCodes.has(Object(Object(error).extensions).code));
  if (!hasFault) return 'none';
  return 'data' in json && hasValue(json.data) ? 'part' : 'all';
}

function hasValue(data: unknown): boolean {
  return typeof data === 'object' && data !== null && Object.values(data).some((value) => value !== null);
}
