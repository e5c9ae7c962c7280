import type { Instance } from '@storefront/platform/discovery/discovery.ts';
import type { CodedError } from '@storefront/platform/errors/coded-error.ts';
import type { Caller } from '@storefront/platform/identity/caller.ts';
import type { InternalTokens, Purpose } from '@storefront/platform/identity/internal-tokens.ts';
import type { Log } from '@storefront/platform/log/log.ts';
import { type Attempt, type AttemptDeps, attempt, type AttemptOutcome, type RunningAttempt } from './attempt.ts';
import { type BalancingOptions, createBalancing } from './balancing/balancing.ts';
import type { Group } from './balancing/group.ts';
import type { Target } from './balancing/target.ts';
import { type BatchClient, sendAsBatch } from './batches.ts';
import { late, unavailable } from './faults.ts';
import type { SubgraphInstances } from './instances.ts';
import { LeanSignal, onAbort, type Signal } from './signal.ts';
import { createPools } from './pools.ts';
import type { PostFailure } from './post.ts';
import { probe } from './probe.ts';

/** One GraphQL request to a subgraph. */
export interface SubgraphSend {
  readonly subgraph: string;
  /** The GraphQL request as JSON: query, variables, operationName, extensions. */
  readonly body: string;
  readonly caller: Caller;
  readonly purpose: Purpose;
  readonly signal: Signal;
  readonly traceparent: string;
  /** For subgraphs that limit by it. */
  readonly clientAddress?: string;
  /** What is left of the request's budget. */
  readonly deadlineMs: number;
  /** A mutation is sent once, whatever happens. */
  readonly isMutation: boolean;
  /** True when the answer may be that to an equal request which is under way already. Default false. */
  readonly mayShare?: boolean;
  /** True when it may go together with others, of other callers too. Never for a mutation. Default false. */
  readonly mayBatch?: boolean;
  /** What an equal request was answered before: an answer of the same bytes is not parsed again. */
  readonly expected?: Buffer | undefined;
  /** The number of the fetch in its plan, from 0. */
  readonly fetchNumber?: number | undefined;
  /** Hears of each attempt. Default: nobody. */
  readonly watch?: AttemptWatch | undefined;
}

/** Hears of the attempts of one request, for traces and explanations. */
export interface AttemptWatch {
  begin(instance: Instance): WatchedAttempt;
}

/** One attempt that somebody watches. */
export interface WatchedAttempt {
  /** What the instance is told as the request's parent. */
  readonly traceparent: string;
  /** The status of an answer, or why there is none. */
  end(outcome: number | string): void;
}

/** What a subgraph answered: an HTTP status below 500 and JSON. */
export interface SubgraphAnswer {
  readonly status: number;
  /** Undefined when the answer is the expected one. */
  readonly json: unknown;
  /** The JSON as it came, when it is at hand: each further reader parses a copy of its own. */
  readonly bytes?: Buffer;
  /** True when the bytes are the expected ones. */
  readonly isExpected?: boolean;
  /** True when the subgraph said `Cache-Control: no-store`: nobody else may have it, and nobody may keep it. */
  readonly noStore?: boolean;
  /** The subgraph's `Cache-Control`. */
  readonly cacheControl?: string | undefined;
}

/** Sends requests to subgraphs, each to the instance that can best take it. */
export interface SubgraphClient {
  /**
   * A query goes once more, to another instance, when its connection breaks, when it is answered with a status of 500 and above,
   * or when half of its time has passed: then the first good answer counts. All of that within the retry budget (retry-budget.ts).
   * A mutation is sent once; only one that no connection was ever given goes elsewhere. When every instance is set aside
   * (see balancing/group.ts) it fails at once.
   * @throws CodedError SUBGRAPH_UNAVAILABLE, DEADLINE_EXCEEDED; the signal's reason when it was aborted
   */
  send(request: SubgraphSend): Promise<SubgraphAnswer>;
  /** Ends when what is in flight has ended. */
  close(): Promise<void>;
}

/** What the client works with. */
export interface SubgraphClientDeps {
  readonly instances: SubgraphInstances;
  /** Null for subgraphs that do not know the gateway: they get the caller's own `authorization`. */
  readonly tokens: InternalTokens | null;
  readonly log: Log;
}

/** How the client behaves. */
export interface SubgraphClientOptions {
  /** Bounds each attempt, within what is left of the request's budget. Default 2,000. */
  readonly fetchTimeoutMs?: number;
  /** After how long a query without an answer is tried on another instance too. Default: half of the time that it has. */
  readonly hedgeAfterMs?: number;
  readonly balancing?: BalancingOptions;
}

/** Creates the client for all subgraphs. */
export function createSubgraphClient(
  deps: SubgraphClientDeps,
  { fetchTimeoutMs = 2_000, hedgeAfterMs, balancing: balancingOptions }: SubgraphClientOptions = {},
): BatchClient {
  const { instances, tokens, log } = deps;
  const pools = createPools();
  const isAlive = (instance: Instance) => probe({ tokens, pools }, instance);
  const balancing = createBalancing({ instances, log, isAlive }, balancingOptions);
  const stop = instances.onChange((name, current) => pools.keepOnly(name, current));
  const attempts = { balancing, tokens, pools, log, fetchTimeoutMs };
  return {
    balancing,
    send: (request) => send(attempts, request, hedgeAfterMs),
    sendBatch: (requests) => sendAsBatch(attempts, requests),
    async close() {
      stop();
      balancing.close();
      await pools.close();
    },
  };
}

async function send(deps: AttemptDeps, request: SubgraphSend, hedgeAfterMs?: number): Promise<SubgraphAnswer> {
  const { subgraph, isMutation, deadlineMs } = request;
  const startedAtMs = performance.now();
  const group = deps.balancing.of(subgraph);
  if (!group || group.targets.length === 0) throw unavailable(new Error(`no instance of ${subgraph} is known`));
  const target = group.take(startedAtMs, isMutation);
  if (!target) throw unavailable(new Error(`every instance of ${subgraph} is set aside`));
  group.retries.earn(startedAtMs);
  const overdueMs = isMutation || group.targets.length < 2 ? undefined : (hedgeAfterMs ?? deps.fetchTimeoutMs / 2);
  const first = { group, target, leftMs: deadlineMs, startedAtMs, overdueMs };
  const outcome = await attempt(deps, request, first);
  if (outcome.kind === 'answered') return outcome;
  if (outcome.kind === 'overdue') return sendElsewhereToo(deps, request, { ...first, overdue: outcome });
  const nowMs = performance.now();
  const second = mayRetry(request, outcome) ? takeOther(group, target, { nowMs, isMutation, outcome }) : null;
  if (!second) throw faultOf(outcome);
  const leftMs = deadlineMs - (nowMs - startedAtMs);
  return settle(await attempt(deps, request, { group, target: second, leftMs, startedAtMs: nowMs }));
}

/** What had no effect may be sent again; what had no time will have none elsewhere. */
function mayRetry({ isMutation }: SubgraphSend, { reason, isUnsent }: PostFailure): boolean {
  return isMutation ? isUnsent : reason !== 'late';
}

function takeOther(
  group: Group,
  target: Target,
  { nowMs, isMutation, outcome }: { nowMs: number; isMutation: boolean; outcome: PostFailure },
): Target | null {
  if (!group.retries.spend(nowMs)) return null;
  const isAlone = group.targets.length === 1 && outcome.reason === 'connection';
  const other = group.take(nowMs, isMutation, isAlone ? undefined : target);
  if (other) group.figures.retries += 1;
  return other;
}

/** Asks another instance while the first one is still silent. The first answer counts; the other request is given up. */
async function sendElsewhereToo(
  deps: AttemptDeps,
  request: SubgraphSend,
  first: Attempt & { readonly overdue: RunningAttempt },
): Promise<SubgraphAnswer> {
  const { group, target, overdue } = first;
  const nowMs = performance.now();
  const other = group.retries.spend(nowMs) ? group.take(nowMs, false, target, isOfVersionOf(target)) : null;
  if (!other) return settle(await overdue.rest);
  group.figures.hedges += 1;
  const leaving = new LeanSignal();
  const stay = onAbort(request.signal, (reason) => leaving.abort(reason));
  const passedMs = nowMs - first.startedAtMs;
  const leftMs = Math.min(request.deadlineMs, deps.fetchTimeoutMs) - passedMs;
  const second = attempt(deps, { ...request, signal: leaving }, { group, target: other, leftMs, startedAtMs: nowMs });
  try {
    const outcome = await firstAnswer(overdue.rest, second);
    return settle(outcome);
  } finally {
    stay();
    overdue.abandon();
    leaving.abort(new Error('another instance was faster'));
  }
}

/** Another version may refuse what this one only takes long for, and would do so first. */
function isOfVersionOf({ instance: slow }: Target): (instance: Instance) => boolean {
  return ({ meta }) => meta['sdlHash'] === slow.meta['sdlHash'];
}

/** The first of two that answers; when none does, what the first came to. Rejects when either does. */
function firstAnswer(a: Promise<AttemptOutcome>, b: Promise<AttemptOutcome>): Promise<AttemptOutcome> {
  return new Promise((resolve, reject) => {
    const take = (outcome: AttemptOutcome) => outcome.kind === 'answered' && resolve(outcome);
    a.then(take, reject);
    b.then(take, reject);
    Promise.all([a, b]).then(([outcome]) => resolve(outcome), reject);
  });
}

function settle(outcome: AttemptOutcome): SubgraphAnswer {
  if (outcome.kind === 'answered') return outcome;
  if (outcome.kind === 'failed') throw faultOf(outcome);
  throw new Error('a second attempt is never overdue');
}

function faultOf({ reason, cause }: PostFailure): CodedError {
  return reason === 'late' ? late(cause) : unavailable(cause);
}
